import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { CallContext } from "../../src/transcoding/context.ts";
import { BookSchema, LibraryService } from "../gen/library_pb.ts";
import { implementLibrary, type LibraryImpl } from "./library.ts";
import { type Protocol, type RestServer, startRestServer } from "./rest-server.ts";

const target = "/v1/shelves/1/books/2?";

describe.each<Protocol>(["http1", "http2"])("the context over %s", (protocol) => {
  test("tells of the call", async () => {
    let context: HandlerContext | undefined;
    const key = createContextKey(1);
    const methods = implementLibrary({
      getBook: (_, ctx) => {
        context = ctx;
        ctx.values.set(key, 2);
        return create(BookSchema);
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    await server.send({ target, headers: { "x-one": "1", "x-bin": "AQI" } });
    expect(context).toMatchObject({
      protocolName: "rest",
      requestMethod: "GET",
      url: `http://127.0.0.1:${server.port}${target}`,
      method: LibraryService.method.getBook,
      service: LibraryService,
    });
    expect(context?.timeoutMs()).toBeUndefined();
    expect(context?.values.get(key)).toBe(2);
    expect(context?.requestHeader.get("x-one")).toBe("1");
    expect([...(context?.requestHeader.keys() ?? [])].filter((name) => name.startsWith(":"))).toEqual([]);
  });

  test("headers and trailers are sent, but for those of the connection", async () => {
    const methods = implementLibrary({
      getBook: (_, { responseHeader, responseTrailer }) => {
        for (const name of ["connection", "keep-alive", "transfer-encoding", "upgrade", "content-encoding"]) {
          responseHeader.set(name, "x");
        }
        responseHeader.set("content-type", "text/plain");
        responseHeader.set("content-length", "1");
        responseHeader.append("set-cookie", "a=1");
        responseHeader.append("set-cookie", "b=2");
        responseHeader.append("one", "1");
        responseHeader.append("one", "2");
        responseTrailer.set("two", "3");
        return create(BookSchema);
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ target });
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      one: "1, 2",
      "trailer-two": "3",
      "set-cookie": ["a=1", "b=2"],
      "content-type": "application/json",
      "content-length": String(response.body.length),
    });
    expect(response.headers["content-encoding"]).toBeUndefined();
  });

  test.for<[name: string, impl: LibraryImpl["getBook"], status: number]>([
    ["success", (_, context) => setOne(context), 200],
    [
      "an error",
      (_, context) => {
        setOne(context);
        throw new ConnectError("no", Code.NotFound);
      },
      404,
    ],
    [
      "304",
      (_, context) => {
        setOne(context);
        if (context instanceof CallContext) context.holds("1");
        return {};
      },
      304,
    ],
    [
      "success with other headers",
      (_, context) => {
        context.responseHeader.set("two", "2");
        return setOne(context);
      },
      200,
    ],
  ])("an answer header is on %s", async ([, getBook, status]) => {
    const methods = implementLibrary({ getBook: getBook ?? expect.fail() });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ target, headers: { "if-none-match": '"1"' } });
    expect(response.status).toBe(status);
    expect(response.headers.one).toBe("second");
    expect(response.headers["content-length"]).not.toBe("7");
  });

  test("an answer header is among the response headers, also of a stream", async () => {
    const seen: (string | null)[] = [];
    const methods = implementLibrary({
      async *watchBooks(_, context) {
        setOne(context);
        seen.push(context.responseHeader.get("one"));
        if (context instanceof CallContext) context.setAnswerHeader("one", "third");
        yield {};
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ target: "/v1/shelves/1/books:watch" });
    expect([seen, response.headers.one]).toEqual([["second"], "third"]);
  });

  test("the signal aborts when the client goes away", async () => {
    const reason = Promise.withResolvers<unknown>();
    const methods = implementLibrary({
      getBook: (_, { signal }) => {
        signal.addEventListener("abort", () => reason.resolve(signal.reason));
        return new Promise(() => {});
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    await leaveAfterRequest(protocol, server);
    expect(await reason.promise).toEqual(new ConnectError("the client went away", Code.Canceled));
  });

  test("an implementation that answers when the client is away disturbs nobody", async () => {
    const gone = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const methods = implementLibrary({
      getBook: async () => {
        await gone.promise;
        setImmediate(answered.resolve);
        return create(BookSchema);
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    server.server.on("request", (_, response) => response.on("close", gone.resolve));
    await leaveAfterRequest(protocol, server);
    await answered.promise;
    expect((await server.send({ target: "/nowhere" })).status).toBe(404);
  });

  test("the signal is aborted once the call is over, whenever it is asked for", async () => {
    const contexts: HandlerContext[] = [];
    const methods = implementLibrary({
      getBook: (_, context) => {
        contexts.push(context);
        return create(BookSchema);
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    await server.send({ target });
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true]);
  });
});

function setOne(context: HandlerContext): object {
  if (!(context instanceof CallContext)) expect.fail("this is another context");
  context.setAnswerHeader("one", "first");
  context.setAnswerHeader("content-length", "7");
  context.setAnswerHeader("one", "second");
  return {};
}

/** Sends a request, and closes the connection when it has reached the server. */
async function leaveAfterRequest(protocol: Protocol, { port, server }: RestServer): Promise<void> {
  const arrived = once(server, "request");
  if (protocol === "http1") {
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await arrived;
    socket.destroy();
    return;
  }
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.request({ ":path": target }).on("error", () => {});
  await arrived;
  session.destroy();
}
