import { expect, test } from "vitest";
import { diskRounds } from "./disk/disk-rounds.ts";
import { pageLimit } from "./disk/page-limit.ts";
import { tortureGround } from "./torture-ground.ts";

test("a full database refuses writes, answers reads, and takes writes again once there is room", {
  timeout: 60_000,
}, async () => {
  const figures = await diskRounds(tortureGround(), { rounds: 1, make: pageLimit });
  expect(figures).toMatchObject({ "writes refused": 20, "reads refused": 0 });
});
