import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { implementLibrary, type LibraryImpl } from "./library.ts";
import { collect, type Protocol, startRestServer } from "./rest-server.ts";

const target = "/v1/shelves/1/books:watch";
const limit = { stalledStreamMs: 30_000 };
const piece = "x".repeat(4000);
const notReading = new ConnectError("the client does not read", Code.ResourceExhausted);

// The clock of the transcoder alone; the platform's sockets have timers of their own.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A stream without end, of messages that it counts; told to end, it answers in a way of its own. */
function endless(made: { count: number; ended: unknown[] }, lastWords?: () => Promise<never> | undefined): LibraryImpl {
  const stream = {
    next: async () => ({ done: false as const, value: { name: piece, number: made.count++ } }),
    return: async () => ({ done: true as const, value: made.ended.push("return") }),
    ...(lastWords && {
      throw: async (reason: unknown) => {
        made.ended.push(reason);
        await lastWords();
        return { done: true as const, value: undefined };
      },
    }),
    [Symbol.asyncIterator]: () => stream,
  };
  return { watchBooks: () => stream };
}

describe.each<Protocol>(["http1", "http2"])("a client that does not read, over %s,", (protocol) => {
  test("is told what the implementation says to that, and no more", async () => {
    const made = { count: 0, ended: [] };
    const impl = endless(made, () => Promise.reject(new ConnectError("go on after 7", Code.ResourceExhausted)));
    await using server = await startRestServer({ methods: implementLibrary(impl), ...limit }, protocol);
    const body = await openStream(protocol, server.port);
    await settle(() => made.count);
    vi.advanceTimersByTime(limit.stalledStreamMs);
    await settle(() => made.ended.length);
    expect(made.ended).toEqual([notReading]);
    const lines = (await collect(body)).toString().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).number ?? JSON.parse(line))).toEqual([
      ...Array.from({ length: made.count }, (_, number) => number),
      { error: { code: 8, message: "go on after 7", details: [] } },
    ]);
  });

  test.for<[name: string, lastWords: (() => undefined) | undefined, ended: unknown[]]>([
    ["says nothing to that", () => undefined, [notReading]],
    ["cannot be told", undefined, ["return"]],
  ])("is told so where the implementation %s", async ([, lastWords, ended]) => {
    const made = { count: 0, ended: [] };
    const methods = implementLibrary(endless(made, lastWords));
    await using server = await startRestServer({ methods, ...limit }, protocol);
    const body = await openStream(protocol, server.port);
    await settle(() => made.count);
    vi.advanceTimersByTime(limit.stalledStreamMs);
    await settle(() => made.ended.length);
    expect(made.ended).toEqual(ended);
    const last = (await collect(body)).toString().trimEnd().split("\n").at(-1);
    expect(last).toBe('{"error":{"code":8,"message":"the client does not read","details":[]}}');
  });

  test.for<[name: string, lastWords: () => Promise<never> | undefined]>([
    ["has been told", () => undefined],
    ["has no last words in time", () => new Promise(() => {})],
  ])("is cut off after as long again, where the implementation %s", async ([, lastWords]) => {
    const made = { count: 0, ended: [] };
    const methods = implementLibrary(endless(made, lastWords));
    await using server = await startRestServer({ methods, ...limit }, protocol);
    const closed = Promise.withResolvers<void>();
    server.server.on("request", (_, response) => response.on("close", closed.resolve));
    const body = await openStream(protocol, server.port);
    await settle(() => made.count);
    vi.advanceTimersByTime(limit.stalledStreamMs);
    await settle(() => made.ended.length);
    vi.advanceTimersByTime(limit.stalledStreamMs);
    await closed.promise;
    await expect(collect(body)).rejects.toThrow();
  });

  test("until shortly before its time is up gets everything", async () => {
    const made = { count: 0, ended: [] };
    const methods = implementLibrary(endless(made));
    await using server = await startRestServer({ methods, ...limit }, protocol);
    const body = await openStream(protocol, server.port);
    for (const _ of [1, 2]) {
      await settle(() => made.count);
      vi.advanceTimersByTime(limit.stalledStreamMs - 1);
      const before = made.count;
      while (made.count === before) await readSome(body);
    }
    expect(made.ended).toEqual([]);
    body.destroy();
    await settle(() => made.ended.length);
    expect(made.ended).toEqual(["return"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a limit that is none is refused", async () => {
  const start = startRestServer({ methods: implementLibrary({}), stalledStreamMs: 0 });
  await expect(start).rejects.toThrow('option "stalledStreamMs" is 0; use a whole number from 1');
});

/** Waits until the value has not changed for many turns of the event loop. */
async function settle(read: () => number): Promise<void> {
  let before: number;
  do {
    before = read();
    for (let turn = 0; turn < 1000; turn++) await setImmediate();
  } while (read() !== before);
}

async function readSome(body: IncomingMessage | ClientHttp2Stream): Promise<void> {
  if (body.read() === null) await once(body, "readable");
}

/** Opens the stream and waits for its headers; the body is not read. */
async function openStream(protocol: Protocol, port: number): Promise<IncomingMessage | ClientHttp2Stream> {
  if (protocol === "http1") {
    const [response]: [IncomingMessage] = (await once(
      get({ host: "127.0.0.1", port, path: target, agent: false }),
      "response",
    )) as never;
    return response;
  }
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": target });
  await once(stream, "response");
  stream.on("close", () => session.close());
  return stream;
}
