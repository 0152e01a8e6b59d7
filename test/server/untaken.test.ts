import { expect, test } from "vitest";
import { Untaken } from "../../src/server/untaken.ts";

const stalledMs = 1000;
const kib = 1024;

interface Look {
  readonly at: number;
  readonly bytes: number;
  readonly isStalled: boolean;
}

const look = (at: number, bytes: number, isStalled = false): Look => ({ at, bytes, isStalled });

test.for<[name: string, looks: readonly Look[]]>([
  ["of which nothing is taken is stalled after the time", [look(0, kib), look(1000, kib), look(1001, kib, true)]],
  ["is given the time for each whole 64 KiB", [look(0, 300 * kib), look(4000, 300 * kib), look(4001, 300 * kib, true)]],
  ["of which something is taken begins anew", [look(0, 9), look(900, 8), look(1900, 8), look(1901, 8, true)]],
  ["that is looked at seldom is not stalled by that", [look(0, 9), look(9000, 8), look(18_000, 7)]],
])("an answer %s", ([, looks]) => {
  const untaken = new Untaken<object>(stalledMs);
  const answer = {};
  for (const { at, bytes, isStalled } of looks) {
    expect(untaken.isStalled(answer, bytes, at)).toBe(isStalled);
  }
});

test("each answer has its own time", () => {
  const untaken = new Untaken<object>(stalledMs);
  const [one, other] = [{}, {}];
  expect(untaken.isStalled(one, 9, 0)).toBe(false);
  expect(untaken.isStalled(other, 9, 900)).toBe(false);
  expect(untaken.isStalled(one, 9, 1001)).toBe(true);
  expect(untaken.isStalled(other, 9, 1001)).toBe(false);
});
