import { expect, test } from "vitest";
import { clockJumps } from "./clock.ts";
import { tortureGround } from "./torture-ground.ts";

test("a clock that jumps, forward and back, puts nothing out of order", { timeout: 60_000 }, async () => {
  expect(await clockJumps(tortureGround(), 300)).toMatchObject({ jumps: 300 });
});
