import { connect } from "node:net";
import { block, type Fields, frame, frameType, opening, request, requestHead } from "../../server/http2-frames.ts";
import { type BadClient, http1Post, listRequest, noWindow, slowClients } from "./slow-clients.ts";

const post: Fields = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/orgflags.v1.FeatureService/ListFeatures"],
  [":authority", "localhost"],
  ["content-type", "application/json"],
];
const http1Get = "GET /api/v1/org-feature-flags HTTP/1.1\r\nHost: localhost\r\n";
const times = (count: number, make: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

/** All kinds, by name: those that are slow, and those that ask for much, or leave. */
export const badClients: Readonly<Record<string, BadClient>> = {
  ...slowClients,
  "answers that are never read": (socket, every) => {
    socket.pause();
    every(500, () => socket.writableLength < 100_000 && socket.write(`${http1Get}\r\n`.repeat(10)));
  },
  "an end after the question": (socket) => {
    socket.write(`${http1Get}\r\n`);
    socket.end();
  },
  "a reset in the middle": (socket, every) => {
    socket.write(`${http1Post}Content-Length: 1000\r\n\r\n{`);
    every(50, () => socket.resetAndDestroy());
  },
  "a hundred requests by HTTP/2 without a window": (socket) => {
    socket.write(Buffer.concat([opening, noWindow, times(100, (index) => request(2 * index + 1, listRequest))]));
  },
  "HTTP/2, continuation without an end": (socket, every) => {
    socket.write(Buffer.concat([opening, frame(frameType.headers, 1, 1, block(listRequest))]));
    every(20, () => socket.write(frame(frameType.continuation, 0, 1, block([["a", "b"]]))));
  },
  "HTTP/2, pings": (socket, every) => {
    socket.write(opening);
    every(20, () => socket.write(times(100, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)))));
  },
  "HTTP/2, settings": (socket, every) => {
    socket.write(opening);
    every(20, () => socket.write(times(100, () => frame(frameType.settings, 0, 0))));
  },
  "HTTP/2, resets": (socket, every) => {
    let stream = 1;
    socket.write(opening);
    every(20, () => {
      const head = requestHead(stream, post);
      socket.write(Buffer.concat([head, frame(frameType.rstStream, 0, stream, Buffer.from([0, 0, 0, 8]))]));
      stream += 2;
    });
  },
};

/** A bad client that comes again a moment after its connection is closed. */
export function persist(port: number, behave: BadClient): void {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  const timers: NodeJS.Timeout[] = [];
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.once("connect", () =>
    behave(socket, (ms, work) => timers.push(setInterval(() => !socket.destroyed && work(), ms))),
  );
  socket.once("end", () => socket.destroy());
  socket.once("close", () => {
    for (const timer of timers) {
      clearInterval(timer);
    }
    setTimeout(() => persist(port, behave), 50);
  });
}
