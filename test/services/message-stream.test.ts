import { expect, test } from "vitest";
import { MessageStream } from "../../src/services/message-stream.ts";
import { collect } from "../rpc/collect.ts";

const double = (item: number) => 2 * item;
const never = new AbortController().signal;

async function* numbers(): AsyncGenerator<number, undefined> {
  try {
    yield 1;
    yield 2;
    return undefined;
  } catch (error) {
    throw new Error("go on from 1", { cause: error });
  }
}

test("each item is made into a message", async () => {
  const stream = new MessageStream(numbers(), double, never);
  expect(await collect(stream)).toEqual([2, 4]);
});

test("a stream that is given up has the last word", async () => {
  const stream = new MessageStream(numbers(), double, never);
  await stream.next();
  const cause = new Error("the client does not read");
  await expect(stream.throw(cause)).rejects.toMatchObject({ message: "go on from 1", cause });
});

test("a stream that is ended cleans up", async () => {
  const items = numbers();
  const stream = new MessageStream(items, double, never);
  await stream.next();
  expect(await stream.return()).toEqual({ done: true, value: undefined });
  expect(await items.next()).toEqual({ done: true, value: undefined });
});

test("a stream that ends because its signal fired says why", async () => {
  const controller = new AbortController();
  async function* untilAborted(): AsyncGenerator<number, undefined> {
    yield 1;
    await new Promise((resolve) => controller.signal.addEventListener("abort", resolve));
    return undefined;
  }
  const stream = new MessageStream(untilAborted(), double, controller.signal);
  await stream.next();
  const last = stream.next();
  const reason = new Error("the server is shutting down");
  controller.abort(reason);
  await expect(last).rejects.toBe(reason);
});
