import { expect, test } from "vitest";
import type { Comparison, Line } from "../../../bench/rows/row.ts";
import { medianSample, type Sample } from "../../../bench/rows/sample.ts";
import { judge } from "../../../bench/rows/verdict.ts";

function line(subject: string, ...cpuMicros: number[]): Line {
  const rounds: Sample[] = cpuMicros.map((value) => ({ cpuMicros: value }));
  return { subject, rounds, median: medianSample(rounds) };
}

// The second round was disturbed, for both alike.
const lines = [line("floor", 10, 40, 12), line("ours", 15, 56, 18)];
const toFloor: Comparison = { subject: "ours", against: "floor", metric: "cpuMicros" };

test("a ratio is the median of the rounds' own", () => {
  expect(judge(lines, toFloor)).toMatchObject({ of: "ratio", result: 1.5, met: undefined });
});

test.for([
  ["at most", 1.5, true],
  ["at most", 1.4, false],
  ["at least", 1.5, true],
  ["at least", 1.6, false],
] as const)("a ratio of 1.5 against %s %d", ([kind, value, met]) => {
  expect(judge(lines, { ...toFloor, bound: { kind, value } }).met).toBe(met);
});

test("a difference and a value by itself are judged as such", () => {
  const bound = { kind: "at most", value: 6, of: "difference" } as const;
  expect(judge(lines, { ...toFloor, bound })).toMatchObject({ of: "difference", result: 6, met: true });
  const alone: Comparison = { subject: "ours", metric: "cpuMicros", bound: { kind: "at most", value: 17 } };
  expect(judge(lines, alone)).toMatchObject({ of: "value", result: 18, met: false });
});

test("what could not be measured meets no bound", () => {
  const unmeasured = [line("floor", 10), line("ours", Number.NaN)];
  expect(judge(unmeasured, { ...toFloor, bound: { kind: "at most", value: 9 } }).met).toBe(false);
});

test("a comparison with a subject that is not there is an error", () => {
  expect(() => judge(lines, { ...toFloor, against: "nobody" })).toThrow('no subject "nobody"');
});

test.for([
  ["p99Ms", 0.3, true],
  ["p99Ms", 0.1, false],
  ["cpuMicros", 0.3, false],
] as const)("%s is disturbed by %d cores that others take: %s", ([metric, othersCores, disturbed]) => {
  const round: Sample = { cpuMicros: 1, p99Ms: 1, othersCores };
  const disturbedLines: Line[] = [{ subject: "ours", rounds: [round], median: round }];
  expect(judge(disturbedLines, { subject: "ours", metric }).disturbed).toBe(disturbed);
});
