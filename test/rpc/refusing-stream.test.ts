import { expect, test } from "vitest";
import { RefusingStream } from "../../src/rpc/refusing-stream.ts";
import { collect } from "./collect.ts";

function refuse(error: unknown): never {
  throw new Error("refused", { cause: error });
}

const cause = new Error("cause");

test("a stream is the same but for its errors", async () => {
  async function* items() {
    yield 1;
    yield 2;
    throw cause;
  }
  const stream = new RefusingStream(items, refuse);
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  expect(await stream.next()).toEqual({ done: false, value: 2 });
  await expect(stream.next()).rejects.toMatchObject({ message: "refused", cause });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("what opening throws is put in other words, too", async () => {
  const stream = new RefusingStream(() => {
    throw cause;
  }, refuse);
  await expect(stream.next()).rejects.toMatchObject({ message: "refused", cause });
});

test("a stream that is ended before it begins is never opened", async () => {
  let isOpened = false;
  async function* items() {
    isOpened = true;
    yield 1;
  }
  const stream = new RefusingStream(items, refuse);
  expect(await stream.return()).toEqual({ done: true, value: undefined });
  expect(await collect(stream)).toEqual([]);
  expect(isOpened).toBe(false);
});

test("a stream that is ended cleans up", async () => {
  let isOver = false;
  async function* items() {
    try {
      yield 1;
    } finally {
      isOver = true;
    }
  }
  for await (const _ of new RefusingStream(items, refuse)) {
    break;
  }
  expect(isOver).toBe(true);
});

test("a stream that is given up has the last word", async () => {
  async function* items() {
    try {
      yield 1;
    } catch (error) {
      throw new Error("go on from 7", { cause: error });
    }
  }
  const stream = new RefusingStream(items, refuse);
  await stream.next();
  const told = await stream.throw(cause).catch((error: unknown) => error);
  expect(told).toMatchObject({ message: "refused", cause: { message: "go on from 7", cause } });
});

test("a stream that can't be told why it is given up is ended with that", async () => {
  const ended: string[] = [];
  const iterator = {
    next: async () => ({ done: false as const, value: 1 }),
    return: async () => {
      ended.push("return");
      return { done: true as const, value: undefined };
    },
  };
  const stream = new RefusingStream(() => ({ [Symbol.asyncIterator]: () => iterator }), refuse);
  await stream.next();
  await expect(stream.throw(cause)).rejects.toMatchObject({ message: "refused", cause });
  expect(ended).toEqual(["return"]);
});
