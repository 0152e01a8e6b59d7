import { describe, expect, test } from "vitest";
import {
  block,
  dataOf,
  type Fields,
  frame,
  framesIn,
  frameType,
  lastData,
  opening,
  preface,
  request,
  requestHead,
} from "./http2-frames.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

type Changes = Readonly<Record<string, string | undefined>>;

/** The fields of `GET /healthz`, some of them changed, left out or added. */
function get(changes: Changes = {}): Fields {
  const fields: Changes = { ":method": "GET", ":scheme": "http", ":path": "/healthz", ":authority": "x", ...changes };
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function post(changes: Changes = {}): Fields {
  const path = "/orgflags.v1.FeatureService/GetFeature";
  return get({ ":method": "POST", ":path": path, "content-type": "application/json", ...changes });
}

function call(fields: Fields): Buffer {
  return Buffer.concat([requestHead(1, fields), lastData(1, "{}")]);
}

// 32 bytes more for each field than it has itself, and fewer fields than are refused for their number.
const largeHead = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-pad-${100 + i}`, "a".repeat(125)]));

const reset = frame(frameType.rstStream, 0, 1, Buffer.from([0, 0, 0, 8]));
const alive = request(9, get());

describe("the request is answered", () => {
  test.each([
    [
      "with 400 for a malformed authority",
      request(1, get({ ":authority": "[" })),
      '"code":3,"message":"the host must be',
    ],
    [
      "with 400 for a malformed authority of a procedure",
      call(post({ ":authority": "[" })),
      '"code":3,"message":"the host must be',
    ],
    [
      "with 400 for a malformed Host alone",
      call(post({ ":authority": undefined, host: "[" })),
      '"code":3,"message":"the host must be',
    ],
    [
      "with 400 where Host and authority differ",
      request(1, get({ host: "y" })),
      '"code":3,"message":"Host and :authority must not differ"',
    ],
    ["where Host stands for the authority", call(post({ ":authority": undefined, host: "y" })), '{"feature":{}}'],
    ["for OPTIONS *", request(1, get({ ":method": "OPTIONS", ":path": "*" })), "REST OPTIONS *"],
    [
      "with 400 for CONNECT",
      request(1, [
        [":method", "CONNECT"],
        [":authority", "x:80"],
      ]),
      '"code":12,"message":"CONNECT',
    ],
    [
      "with 417 for an unknown expectation",
      call(post({ expect: "200-ok" })),
      '"code":3,"message":"the only expectation',
    ],
    [
      "with 431 for a head of more than 16 KiB",
      call(post(largeHead)),
      '"code":8,"message":"the request\'s head is too large"',
    ],
    ["with headers named like properties", call(post({ ["__proto__"]: "a", constructor: "b" })), '{"feature":{}}'],
    [
      "after a frame of an unknown type",
      Buffer.concat([frame(99, 0, 0, Buffer.from("x")), call(post())]),
      '{"feature":{}}',
    ],
    [
      "with trailers behind its body",
      Buffer.concat([requestHead(1, post()), frame(frameType.data, 0, 1, Buffer.from("{}")), request(1, [["a", "b"]])]),
      '{"feature":{}}',
    ],
  ])("%s", async (_name, bytes, expected) => {
    const { port } = await startServer();
    const connection = await connectRaw(port, Buffer.concat([opening, bytes]));
    const received = await connection.until(expected);
    expect(dataOf(received, 1)).toContain(expected);
  });
});

describe("the stream is reset, and the session goes on", () => {
  test.each([
    ["no path", request(1, get({ ":path": undefined }))],
    ["an empty path", request(1, get({ ":path": "" }))],
    ["a path without a slash", request(1, get({ ":path": "a" }))],
    ["no authority", request(1, get({ ":authority": undefined }))],
    ["extended CONNECT", request(1, get({ ":method": "CONNECT", ":protocol": "websocket" }))],
    ["a header name in upper case", request(1, get({ Aa: "b" }))],
    ["a connection header", request(1, get({ connection: "close" }))],
    ["a pseudo-header in the trailers", Buffer.concat([requestHead(1, post()), request(1, [[":path", "/b"]])])],
    ["a body of another length", call(post({ "content-length": "10" }))],
    [
      "more headers than are taken",
      request(1, [...get(), ...Array.from({ length: 200 }, (_, i) => [`h${i}`, "v"] as const)]),
    ],
  ])("for %s", async (_name, bytes) => {
    const { port } = await startServer();
    const connection = await connectRaw(port, Buffer.concat([opening, bytes, alive]));
    const received = await connection.until('{"status":"ok"}');
    expect(framesIn(received)).toContainEqual(expect.objectContaining({ type: frameType.rstStream, stream: 1 }));
    expect(dataOf(received, 9)).toBe('{"status":"ok"}');
  });

  test("when the client resets it in its body", async () => {
    const { port } = await startServer();
    const connection = await connectRaw(port, Buffer.concat([opening, requestHead(1, post()), reset, alive]));
    expect(dataOf(await connection.until('{"status":"ok"}'), 9)).toBe('{"status":"ok"}');
  });
});

describe("the session is closed", () => {
  const many = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));
  const streams = (count: number, bytes: (id: number) => Buffer) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => bytes(2 * i + 1)));
  const tall = block(Array.from({ length: 20 }, (_, i) => [`h${i}`, "v".repeat(200)] as const));

  test.each([
    ["noise behind the preface", Buffer.from("x".repeat(100))],
    ["data without a stream", frame(frameType.data, 0, 0, Buffer.from("x"))],
    [
      "a frame that is too long",
      Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]), Buffer.alloc(20_000)]),
    ],
    ["a stream id of a server", request(2, get())],
    ["a header block that is none", frame(frameType.headers, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
    [
      "endless headers",
      Buffer.concat([
        frame(frameType.headers, 1, 1, block(get())),
        many(1000, frame(frameType.continuation, 0, 1, tall)),
      ]),
    ],
    ["a flood of settings", many(20_000, frame(frameType.settings, 0, 0))],
    ["a flood of pings", many(20_000, frame(frameType.ping, 0, 0, Buffer.alloc(8)))],
    [
      "a flood of resets",
      streams(5000, (id) =>
        Buffer.concat([requestHead(id, post()), frame(frameType.rstStream, 0, id, Buffer.from([0, 0, 0, 8]))]),
      ),
    ],
    ["a flood of empty data", Buffer.concat([requestHead(1, post()), many(20_000, frame(frameType.data, 0, 1))])],
    ["a flood of streams", streams(2000, (id) => requestHead(id, post()))],
  ])("for %s", async (_name, bytes) => {
    const { port, url } = await startServer();
    const connection = await connectRaw(port, Buffer.concat([preface, frame(frameType.settings, 0, 0), bytes]));
    await connection.closed();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("when it is idle", async () => {
    const { port } = await startServer({ limits: { idleTimeoutMs: 30 } });
    const connection = await connectRaw(port, Buffer.concat([opening, alive]));
    expect(dataOf(await connection.closed(), 9)).toBe('{"status":"ok"}');
  });
});

test("a request that takes too long to arrive is cancelled", async () => {
  const { port } = await startServer({ limits: { requestTimeoutMs: 30 } });
  const connection = await connectRaw(port, Buffer.concat([opening, requestHead(1, post())]));
  const received = await connection.until("\x03\0\0\0\0\x01\0\0\0\x08");
  expect(framesIn(received)).toContainEqual(expect.objectContaining({ type: frameType.rstStream, stream: 1 }));
});

test("a client that leaves without a word leaves nothing behind", async () => {
  const { port, server } = await startServer();
  const connection = await connectRaw(port, Buffer.concat([opening, requestHead(1, post()), alive]));
  await connection.until('{"status":"ok"}');
  connection.socket.resetAndDestroy();
  await connection.closed();
  expect(await server.drain(10_000)).toBe(true);
});

test("metadata is UTF-8, as over HTTP/1.1", async () => {
  const { port } = await startServer();
  const actor = Buffer.from("Jürgen", "utf8").toString("latin1");
  const create = post({ ":path": "/orgflags.v1.FeatureService/CreateFeature", "orgflags-actor": actor });
  const connection = await connectRaw(port, Buffer.concat([opening, call(create)]));
  expect(dataOf(await connection.until("}}"), 1)).toContain(`"description":"${actor}|"`);
});
