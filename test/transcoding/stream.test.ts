import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { implementLibrary, type LibraryImpl } from "./library.ts";
import { collect, type Protocol, type RestServer, startRestServer } from "./rest-server.ts";

const target = "/v1/shelves/1/books:watch?count=3";
const sse = { accept: "text/event-stream" };

const count: LibraryImpl = {
  async *watchBooks({ parent, count }) {
    for (let number = 1; number <= count; number++) yield { name: parent, number };
  },
};

describe.each<Protocol>(["http1", "http2"])("streams over %s", (protocol) => {
  test("are lines of JSON", async () => {
    await using server = await startRestServer({ methods: implementLibrary(count) }, protocol);
    const response = await server.send({ target });
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({ "content-type": "application/x-ndjson", vary: "Accept" });
    expect(response.text).toBe(
      '{"name":"shelves/1","number":1}\n{"name":"shelves/1","number":2}\n{"name":"shelves/1","number":3}\n',
    );
  });

  test("are events where the client accepts them", async () => {
    await using server = await startRestServer({ methods: implementLibrary(count) }, protocol);
    const response = await server.send({ target: "/v1/shelves/1/names:watch?count=2", headers: sse });
    expect(response.headers).toMatchObject({ "content-type": "text/event-stream", "cache-control": "no-cache" });
    expect(response.text).toBe('data: "shelves/1"\n\ndata: "shelves/1"\n\n');
  });

  test("without messages are empty", async () => {
    await using server = await startRestServer({ methods: implementLibrary({}) }, protocol);
    const response = await server.send({ target });
    expect([response.status, response.text]).toEqual([200, ""]);
  });

  test("send the headers that were set before the first message", async () => {
    const methods = implementLibrary({
      async *watchBooks(_, { responseHeader }) {
        responseHeader.set("one", "1");
        yield {};
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    expect((await server.send({ target })).headers).toMatchObject({ one: "1" });
  });

  test("to HEAD have headers alone, and are ended", async () => {
    let ended = false;
    const methods = implementLibrary({
      async *watchBooks() {
        try {
          for (;;) yield {};
        } finally {
          ended = true;
        }
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ method: "HEAD", target });
    expect([response.status, response.body.length, ended]).toEqual([200, 0, true]);
  });

  const no = { code: 5, message: "no", details: [] };
  const failAfter = (messages: number): LibraryImpl => ({
    async *watchBooks() {
      for (let number = 0; number < messages; number++) yield { number };
      throw new ConnectError("no", Code.NotFound, { one: "1" });
    },
  });

  test("that fail before their first message are a status", async () => {
    await using server = await startRestServer({ methods: implementLibrary(failAfter(0)) }, protocol);
    const response = await server.send({ target, headers: sse });
    expect(response.status).toBe(404);
    expect(response.headers).toMatchObject({ "content-type": "application/json", one: "1" });
    expect(response.json).toEqual(no);
  });

  test("that fail later end with a line that holds the error", async () => {
    await using server = await startRestServer({ methods: implementLibrary(failAfter(1)) }, protocol);
    const response = await server.send({ target });
    expect(response.text.split("\n")).toEqual(['{"name":"","number":0}', JSON.stringify({ error: no }), ""]);
  });

  test("that fail later end with an event that holds the error", async () => {
    await using server = await startRestServer({ methods: implementLibrary(failAfter(1)) }, protocol);
    const response = await server.send({ target, headers: sse });
    expect(response.text).toBe(
      `data: {"name":"","number":0}\n\nevent: error\ndata: ${JSON.stringify({ error: no })}\n\n`,
    );
  });

  test.for<[name: string, impl: LibraryImpl]>([
    [
      "throws at once",
      {
        watchBooks: () => {
          throw new Error("secret");
        },
      },
    ],
    ["returns no stream", { watchBooks: () => ({}) as never }],
    [
      "has an iterator that throws",
      {
        watchBooks: () => ({
          [Symbol.asyncIterator]: () => ({
            next: () => {
              throw new Error("secret");
            },
          }),
        }),
      },
    ],
    [
      "yields what is no message",
      {
        async *watchBooks() {
          yield { name: 7 as never };
        },
      },
    ],
  ])("of an implementation that %s are code 13", async ([, impl]) => {
    await using server = await startRestServer({ methods: implementLibrary(impl) }, protocol);
    const response = await server.send({ target });
    expect(response.status).toBe(500);
    expect(response.json).toMatchObject({ code: 13 });
    expect(response.text).not.toContain("secret");
  });

  test("end past their deadline, with the error last", async () => {
    const methods = implementLibrary({
      async *watchBooks() {
        yield { number: 1 };
        await new Promise(() => {});
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ target, headers: { "connect-timeout-ms": "50" } });
    expect(response.text.split("\n")[1]).toContain('"code":4');
  });

  test("end when the server shuts down, and begin no more", async () => {
    const shutdown = new AbortController();
    const methods = implementLibrary({
      async *watchBooks() {
        yield { number: 1 };
        shutdown.abort();
        await new Promise(() => {});
      },
    });
    await using server = await startRestServer({ methods, shutdownSignal: shutdown.signal }, protocol);
    const response = await server.send({ target });
    const unavailable = { code: 14, message: "the server is shutting down", details: [] };
    expect(response.text.split("\n")).toEqual(['{"name":"","number":1}', JSON.stringify({ error: unavailable }), ""]);
    const later = await server.send({ target });
    expect([later.status, later.json]).toEqual([503, unavailable]);
  });

  test("abort the implementation and end it when the client goes away", async () => {
    const aborted = Promise.withResolvers<unknown>();
    const ended = Promise.withResolvers<void>();
    const methods = implementLibrary({
      async *watchBooks(_, { signal }) {
        signal.addEventListener("abort", () => aborted.resolve(signal.reason));
        try {
          yield { number: 1 };
          await aborted.promise;
          yield { number: 2 };
        } finally {
          ended.resolve();
        }
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const { leave } = await open(protocol, server);
    leave();
    expect(await aborted.promise).toEqual(new ConnectError("the client went away", Code.Canceled));
    await ended.promise;
  });

  test("ask for no more messages than the client takes", async () => {
    const total = 2000;
    let made = 0;
    const methods = implementLibrary({
      async *watchBooks() {
        for (; made < total; made++) yield { name: "x".repeat(10_000), number: made };
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const { body } = await open(protocol, server);
    await settle(() => made);
    expect(made).toBeLessThan(total);
    const lines = (await collect(body)).toString().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).number)).toEqual(Array.from({ length: total }, (_, number) => number));
  });
});

describe("streams of raw bytes", () => {
  const raw = "/v1/shelves/1/books/2/text";
  const chunk = (text: string) => ({ contentType: "text/plain", data: new TextEncoder().encode(text) });

  test("are one body of the first message's type", async () => {
    const methods = implementLibrary({
      async *streamText() {
        yield chunk("a");
        yield chunk("b");
      },
    });
    await using server = await startRestServer({ methods });
    const response = await server.send({ target: raw });
    expect([response.headers["content-type"], response.text]).toEqual(["text/plain", "ab"]);
    expect((await server.send({ target: raw, headers: { accept: "image/png" } })).status).toBe(406);
  });

  test.for<[Protocol]>([["http1"], ["http2"]])("that fail are cut short over %s", async ([protocol]) => {
    const methods = implementLibrary({
      async *streamText() {
        yield chunk("a");
        throw new Error("no");
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    await expect(server.send({ target: raw })).rejects.toThrow();
  });
});

/** Waits until the value has not changed for many turns of the event loop. */
async function settle(read: () => number): Promise<void> {
  let before: number;
  do {
    before = read();
    for (let turn = 0; turn < 1000; turn++) await setImmediate();
  } while (read() !== before);
}

/** Opens the stream and waits for its headers; the body is not read. */
async function open(
  protocol: Protocol,
  { port }: RestServer,
): Promise<{ body: IncomingMessage | ClientHttp2Stream; leave: () => void }> {
  if (protocol === "http1") {
    const request = get({ host: "127.0.0.1", port, path: target, agent: false });
    const [response]: [IncomingMessage] = (await once(request, "response")) as never;
    return { body: response, leave: () => request.destroy() };
  }
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": target });
  await once(stream, "response");
  stream.on("close", () => session.close());
  return { body: stream, leave: () => session.destroy() };
}
