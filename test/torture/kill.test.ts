import { expect, test } from "vitest";
import { killRounds } from "./kill.ts";
import { linearizableRounds } from "./linearizability.ts";
import { tortureGround } from "./torture-ground.ts";

test("a process that is killed again and again loses nothing that it has acknowledged", {
  timeout: 60_000,
}, async () => {
  const figures = await killRounds(tortureGround(), { rounds: 3, workers: 1 });
  expect(figures).toMatchObject({ kills: 3 });
});

test("nor do workers, of which one, all, or the supervisor is killed", { timeout: 60_000 }, async () => {
  const figures = await killRounds(tortureGround(), { rounds: 2, workers: 2 });
  expect(figures).toMatchObject({ kills: 2 });
});

test("reads and writes are linearizable while workers and supervisors are killed", { timeout: 60_000 }, async () => {
  const figures = await linearizableRounds(tortureGround(), { rounds: 1, kills: 1 });
  expect(figures).toMatchObject({ rounds: 1 });
});
