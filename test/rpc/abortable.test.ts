import { expect, test } from "vitest";
import { abortable } from "../../src/rpc/abortable.ts";
import { collect } from "./collect.ts";

const reason = new Error("the server is shutting down");

async function* numbers() {
  yield 1;
  yield 2;
}

/** Yields once, then waits for ever; tells when it is returned from. */
function endless(returned: () => void): AsyncIterable<number> {
  let isFirst = true;
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const first = isFirst;
        isFirst = false;
        return first ? Promise.resolve({ done: false, value: 1 }) : new Promise(() => {});
      },
      async return() {
        returned();
        return { done: true, value: undefined };
      },
    }),
  };
}

test("without an abort everything comes through", async () => {
  expect(await collect(abortable(numbers(), new AbortController().signal))).toEqual([1, 2]);
});

test("an abort is thrown while an item is awaited, and the source is returned from", async () => {
  const controller = new AbortController();
  let isReturned = false;
  const items = abortable(
    endless(() => {
      isReturned = true;
    }),
    controller.signal,
  )[Symbol.asyncIterator]();
  expect(await items.next()).toEqual({ done: false, value: 1 });
  const next = items.next();
  controller.abort(reason);
  await expect(next).rejects.toBe(reason);
  expect(isReturned).toBe(true);
});

test("an abort from before is thrown before the first item", async () => {
  await expect(collect(abortable(numbers(), AbortSignal.abort(reason)))).rejects.toBe(reason);
});

test("an error of the source comes through", async () => {
  const fault = new Error("broken");
  async function* broken() {
    yield 1;
    throw fault;
  }
  await expect(collect(abortable(broken(), new AbortController().signal))).rejects.toBe(fault);
});
