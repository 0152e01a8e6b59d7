import { expect, test } from "vitest";
import { CommitPace } from "../../../src/storage/sqlite/commit-pace.ts";

/** What began before, as time and number of writes; then the time now, and how long the next batch waits. */
const cases: readonly (readonly [string, readonly (readonly [number, number])[], number, number])[] = [
  ["the first batch does not wait", [], 0, 0],
  ["what follows a write that came alone does not wait", [[100, 1]], 101, 0],
  ["what follows several writes waits for the rest of 3 ms", [[100, 2]], 101, 2],
  ["what follows several writes waits from when they began", [[100, 50]], 102.5, 0.5],
  ["what follows several writes that took 3 ms does not wait", [[100, 50]], 103, 0],
  ["what follows several writes much later does not wait", [[100, 50]], 5000, 0],
  [
    "a write that came alone ends it",
    [
      [100, 2],
      [103, 1],
    ],
    104,
    0,
  ],
];

test.for(cases)("%s", ([, begun, now, waitMs]) => {
  const pace = new CommitPace();
  for (const [at, writes] of begun) {
    pace.begin(at, writes);
  }
  expect(pace.waitMs(now)).toBe(waitMs);
});
