import { expect, test } from "vitest";
import { type Fields, frame, frameType, lastData, opening, request, requestHead } from "./http2-frames.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const fields = (path: string, method: string, ...more: Fields): Fields => [
  [":method", method],
  [":scheme", "http"],
  [":path", path],
  [":authority", "x"],
  ["content-type", "application/json"],
  ...more,
];
const noError = Buffer.alloc(4);
const reset = (code: number) => frame(frameType.rstStream, 0, 1, Buffer.from([0, 0, 0, code]));
const goaway = frame(frameType.goaway, 0, 0, Buffer.concat([Buffer.alloc(4), noError]));
const get = request(1, fields("/a", "GET"));
const head = requestHead(1, fields("/orgflags.v1.FeatureService/GetFeature", "POST"));
const unread = Buffer.concat([requestHead(1, fields("/a", "POST")), lastData(1, "{}")]);
const refused = Buffer.concat([requestHead(1, fields("/a", "POST", ["expect", "x"])), lastData(1, "{}")]);
const post = Buffer.concat([head, lastData(1, "{}")]);

test.for<[string, Buffer]>([
  ["asks, resets and says good bye", Buffer.concat([get, reset(0), goaway])],
  ["sends a whole request, resets it and says good bye", Buffer.concat([post, reset(0), goaway])],
  ["sends a request that nobody reads, resets it and says good bye", Buffer.concat([unread, reset(0), goaway])],
  ["sends a request that is refused, resets it and says good bye", Buffer.concat([refused, reset(0), goaway])],
  ["sends half a request, resets it and says good bye", Buffer.concat([head, reset(0), goaway])],
  ["cancels and says good bye", Buffer.concat([post, reset(8), goaway])],
  ["asks and says good bye", Buffer.concat([post, goaway])],
  ["sends half a request and says good bye", Buffer.concat([head, goaway])],
  ["asks and resets", Buffer.concat([post, reset(0)])],
])("a client that %s in one breath, and leaves, leaves no connection behind", async ([, bytes]) => {
  const { port } = await startServer({ limits: { requestTimeoutMs: 30, stalledStreamMs: 30 } });
  const connection = await connectRaw(port, Buffer.concat([opening, bytes]));
  connection.socket.end();
  await connection.closed();
  expect(connection.socket.destroyed).toBe(true);
});
