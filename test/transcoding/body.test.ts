import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { NotesSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { collect, type Protocol, type RestRequest, type RestServer, startRestServer } from "./rest-server.ts";

const LIMIT = 1000;
const TOO_LARGE = { code: 8, message: "body: expected at most 1000 bytes", details: [] };

let calls = 0;
const methods = implementLibrary({
  keepNotes: (notes) => {
    calls++;
    return create(NotesSchema, notes);
  },
});

beforeEach(() => {
  calls = 0;
});

describe.each<Protocol>(["http1", "http2"])("bodies over %s", (protocol) => {
  let server: RestServer;

  beforeAll(async () => {
    server = await startRestServer({ methods, maxBodyBytes: LIMIT }, protocol);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  const ofSize = (size: number): string => JSON.stringify({ text: "x".repeat(size - '{"text":""}'.length) });
  const notes = (body: string | Uint8Array, headers = {}): RestRequest => ({
    method: "POST",
    target: "/v1/notes",
    body,
    headers: { "content-type": "application/json", ...headers },
  });

  test.for<[name: string, request: RestRequest, status: number]>([
    ["none", { method: "POST", target: "/v1/notes" }, 200],
    [
      "an empty one, whatever its type",
      { method: "POST", target: "/v1/notes", body: "", headers: { "content-type": "a/b" } },
      200,
    ],
    ["one of the limit's size", notes(ofSize(LIMIT)), 200],
    ["one byte more", notes(ofSize(LIMIT + 1)), 413],
    ["one compressed to less than the limit", notes(gzipSync(ofSize(LIMIT)), { "content-encoding": "gzip" }), 200],
    ["a byte more than the limit inside", notes(gzipSync(ofSize(LIMIT + 1)), { "content-encoding": "gzip" }), 413],
    ["a bomb", notes(gzipSync("x".repeat(1_000_000)), { "content-encoding": "gzip" }), 413],
    ["white space", notes(" "), 400],
    ["one where there is none", { method: "DELETE", target: "/v1/shelves/1/books/2", body: " " }, 400],
  ])("%s", async ([, request, status]) => {
    const response = await server.send(request);
    expect(response.status).toBe(status);
  });

  test("a body that is too large is answered as a status", async () => {
    const response = await server.send(notes("x".repeat(LIMIT * 3)));
    expect(response.json).toEqual(TOO_LARGE);
    expect(calls).toBe(0);
  });
});

describe("a client that is still sending", () => {
  test("gets its 413 over HTTP/1, and the connection goes on", async () => {
    await using server = await startRestServer({ methods, maxBodyBytes: LIMIT });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: ${LIMIT * 2}\r\n\r\n${"x".repeat(LIMIT)}`);
    const [first] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
    socket.end(`${"x".repeat(LIMIT)}GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect((await collect(socket)).toString()).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("gets its 413 of a chunked body when the limit is passed", async () => {
    await using server = await startRestServer({ methods, maxBodyBytes: LIMIT });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /v1/notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    socket.write(`${(LIMIT + 1).toString(16)}\r\n${"x".repeat(LIMIT + 1)}\r\n`);
    const [first] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test("loses its connection where it never stops", async () => {
    await using server = await startRestServer({ methods, maxBodyBytes: LIMIT });
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.write("POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    const send = (): void => {
      if (!socket.destroyed) socket.write("x".repeat(LIMIT), () => setImmediate(send));
    };
    send();
    await once(socket, "close");
    expect(calls).toBe(0);
  });

  test("gets its 413 over HTTP/2, and the stream is closed without an error", async () => {
    await using server = await startRestServer({ methods, maxBodyBytes: LIMIT }, "http2");
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":method": "POST", ":path": "/v1/notes" }, { endStream: false });
    stream.write("x".repeat(LIMIT + 1));
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(413);
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(0);
    session.close();
  });

  test.for<[Protocol]>([["http1"], ["http2"]])("and goes away over %s, calls nothing", async ([protocol]) => {
    await using server = await startRestServer({ methods }, protocol);
    const closed = new Promise<void>((resolve) => {
      server.server.on("request", (request) => request.on("close", resolve));
    });
    await abandonUpload(protocol, server);
    await closed;
    expect(calls).toBe(0);
  });
});

/** Sends the beginning of a body and goes away when the server has the request. */
async function abandonUpload(protocol: Protocol, { port, server }: RestServer): Promise<void> {
  const arrived = once(server, "request");
  if (protocol === "http1") {
    const socket = connect(port, "127.0.0.1");
    socket.write('POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"te');
    await arrived;
    socket.destroy();
    return;
  }
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":method": "POST", ":path": "/v1/notes" }, { endStream: false });
  stream.on("error", () => {});
  stream.write('{"te');
  await arrived;
  session.destroy();
}
