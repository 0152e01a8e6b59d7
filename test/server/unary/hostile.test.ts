import { expect, test } from "vitest";
import { type Fields, frame, frameType, opening, requestHead } from "../http2-frames.ts";
import { connectRaw } from "../raw-connection.ts";
import { startServer } from "../test-server.ts";
import { envelope } from "./wire.ts";

const call: Fields = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/orgflags.v1.FeatureService/GetFeature"],
  [":authority", "x"],
  ["content-type", "application/grpc"],
];
const whole = envelope(Buffer.from("\x0a\x01a", "latin1"));
const endStream = 1;

function data(stream: number, payload: Buffer, flags = 0): Buffer {
  return frame(frameType.data, flags, stream, payload);
}

function reset(stream: number, code = 8): Buffer {
  return frame(frameType.rstStream, 0, stream, Buffer.from([0, 0, 0, code]));
}

function window(stream: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(8, 0, stream, payload);
}

function streams(count: number, bytes: (id: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => bytes(2 * index + 1)));
}

/** The first bytes of settings that leave answers no room: SETTINGS_INITIAL_WINDOW_SIZE of 0. */
const noRoom = frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));

test.each([
  [
    "resets each call with its last byte",
    streams(500, (id) => Buffer.concat([requestHead(id, call), data(id, whole, endStream), reset(id)])),
  ],
  [
    "resets each call in its body",
    streams(500, (id) => Buffer.concat([requestHead(id, call), data(id, whole), reset(id)])),
  ],
  [
    "resets without an error",
    streams(200, (id) => Buffer.concat([requestHead(id, call), data(id, whole), reset(id, 0)])),
  ],
  ["goes on after its reset", Buffer.concat([requestHead(1, call), reset(1), data(1, whole, endStream)])],
  ["goes on after its end", Buffer.concat([requestHead(1, call), data(1, whole, endStream), data(1, whole)])],
  [
    "goes on after its refusal",
    Buffer.concat([requestHead(1, call), ...Array.from({ length: 100 }, () => data(1, whole))]),
  ],
  [
    "never takes its answers",
    Buffer.concat([noRoom, streams(100, (id) => Buffer.concat([requestHead(id, call), data(id, whole, endStream)]))]),
  ],
  [
    "takes no answer and resets",
    Buffer.concat([
      noRoom,
      streams(100, (id) => Buffer.concat([requestHead(id, call), data(id, whole, endStream)])),
      streams(100, reset),
    ]),
  ],
  [
    "widens its window beyond measure",
    Buffer.concat([requestHead(1, call), window(1, 2 ** 31 - 1), window(1, 2 ** 31 - 1)]),
  ],
  [
    "sends its body byte by byte",
    Buffer.concat([
      requestHead(1, call),
      ...Array.from(envelope(Buffer.alloc(5000, "x")), (byte) => data(1, Buffer.from([byte]))),
    ]),
  ],
  ["sends trailers for a body", Buffer.concat([requestHead(1, call), frame(frameType.headers, 5, 1, Buffer.alloc(0))])],
])("a client that %s and leaves costs nobody else anything", async (_name, bytes) => {
  const { port, url, log } = await startServer();
  const connection = await connectRaw(port, Buffer.concat([opening, bytes]));
  const alive = await fetch(`${url}/healthz`);
  connection.socket.destroy();
  await connection.closed();
  expect(alive.status).toBe(200);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(log).toEqual([]);
});
