import { expect, test } from "vitest";
import { CommitPace } from "../../../src/storage/sqlite/commit-pace.ts";

/** The last batch, as the time when it began and its writes; then the time now, how many wait, and for how long. */
const cases: readonly (readonly [string, readonly [number, number] | undefined, number, number, number])[] = [
  ["the first batch does not wait", undefined, 0, 1, 0],
  ["behind a write that came alone, one does not wait", [100, 1], 101, 1, 0],
  ["behind several writes, fewer wait for the rest of 3 ms", [100, 2], 101, 1, 2],
  ["behind several writes, fewer wait from when those began", [100, 50], 102.5, 49, 0.5],
  ["behind several writes, as many do not wait", [100, 50], 101, 50, 0],
  ["behind several writes, more do not wait", [100, 50], 101, 51, 0],
  ["behind writes that took 3 ms, nothing waits", [100, 50], 103, 1, 0],
  ["much later, nothing waits", [100, 50], 5000, 1, 0],
];

test.for(cases)("%s", ([, last, now, waiting, waitMs]) => {
  const pace = new CommitPace();
  if (last !== undefined) {
    pace.begin(...last);
  }
  expect(pace.waitMs(now, waiting)).toBe(waitMs);
});

test("only the last batch counts", () => {
  const pace = new CommitPace();
  pace.begin(100, 50);
  pace.begin(101, 1);
  expect(pace.waitMs(102, 1)).toBe(0);
});
