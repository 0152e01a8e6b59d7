import { expect, test } from "vitest";
import { diskRounds } from "./disk/disk-rounds.ts";
import { fileSizeLimit } from "./disk/file-size-limit.ts";
import { pageLimit } from "./disk/page-limit.ts";
import { tortureGround } from "./torture-ground.ts";

test.for([
  ["a full database", pageLimit],
  ["a quota that is used up", fileSizeLimit],
] as const)(
  "%s refuses writes, answers reads, and takes writes again once there is room",
  {
    timeout: 60_000,
  },
  async ([, make]) => {
    const figures = await diskRounds(tortureGround(), { rounds: 1, make });
    expect(figures).toMatchObject({ "writes refused": 20, "reads refused": 0 });
  },
);
