import { expect, test } from "vitest";
import { WriteResults } from "../../../src/storage/sqlite/write-results.ts";
import type { WriteResult } from "../../../src/storage/sqlite/writer.ts";

interface Handed {
  readonly results: WriteResults;
  readonly handedOut: unknown[];
  add(values: readonly unknown[]): void;
}

function handing(): Handed {
  const results = new WriteResults();
  const handedOut: unknown[] = [];
  const pending = { resolve: (value: unknown) => handedOut.push(value), reject: (e: Error) => handedOut.push(e) };
  const add = (values: readonly unknown[]) =>
    results.add(
      values.map(() => pending),
      values.map((value): WriteResult => ({ kind: "value", value })),
    );
  return { results, handedOut, add };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("results come at once, a few in each turn, in the order of their writes", async () => {
  const { handedOut, add } = handing();
  add([1, 2, 3, 4, 5, 6]);
  expect(handedOut).toEqual([1, 2, 3, 4]);
  add([7, 8, 9]);
  expect(handedOut).toEqual([1, 2, 3, 4]);
  await nextTurn();
  expect(handedOut).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await nextTurn();
  expect(handedOut).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("what waits can be handed out at once, and what comes then comes at once", async () => {
  const { results, handedOut, add } = handing();
  add([1, 2, 3, 4, 5, 6]);
  results.flush();
  add([7]);
  expect(handedOut).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await nextTurn();
  expect(handedOut).toHaveLength(7);
});

test("each write hears of its own result: a value, a refusal, a failure, or that there is none", () => {
  const { results } = handing();
  const handedOut: unknown[] = [];
  const pending = { resolve: (value: unknown) => handedOut.push(value), reject: (e: Error) => handedOut.push(e) };
  const refusal = {
    kind: "refusal",
    code: "ABORTED",
    message: "no",
    violations: [],
    precondition: "IF_MATCH",
  } as const;
  const failure = { kind: "failure", code: "SQLITE_FULL", message: "disk full" } as const;
  results.add([pending, pending, pending, pending], [{ kind: "value", value: 1 }, refusal, failure]);
  expect(handedOut).toMatchObject([
    1,
    { code: "ABORTED", message: "no", precondition: "IF_MATCH" },
    { code: "UNAVAILABLE", cause: { message: "SQLITE_FULL disk full" } },
    { code: "UNAVAILABLE", cause: { message: "the writing thread gave no result" } },
  ]);
});
