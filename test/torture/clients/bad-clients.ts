import { connect, type Socket } from "node:net";
import { block, type Fields, frame, frameType, opening, request, requestHead } from "../../server/http2-frames.ts";

/** A way to be a burden: what is done on a connection of one's own. It has to be safe to call on one that closes. */
export type BadClient = (socket: Socket, every: (ms: number, work: () => void) => void) => void;

const get: Fields = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/api/v1/org-feature-flags"],
  [":authority", "localhost"],
];
const post: Fields = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/orgflags.v1.FeatureService/ListFeatures"],
  [":authority", "localhost"],
  ["content-type", "application/json"],
];
const http1Get = "GET /api/v1/org-feature-flags HTTP/1.1\r\nHost: localhost\r\n";
const http1Post = "POST /api/v1/org-feature-flags HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const watch = "GET /api/v1/changes:watch HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
const noWindow = frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
const times = (count: number, make: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

/** All kinds, by name. */
export const badClients: Readonly<Record<string, BadClient>> = {
  "a head, byte by byte": (socket, every) => {
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nA: ");
    every(100, () => socket.write("a"));
  },
  "a body, byte by byte": (socket, every) => {
    socket.write(`${http1Post}Content-Length: 100000\r\n\r\n`);
    every(100, () => socket.write(" "));
  },
  "answers that are never read": (socket, every) => {
    socket.pause();
    every(500, () => socket.writableLength < 100_000 && socket.write(`${http1Get}\r\n`.repeat(10)));
  },
  "a stream that is never read": (socket) => {
    socket.pause();
    socket.write(watch);
  },
  "nothing at all": () => {},
  "an end after the question": (socket) => {
    socket.write(`${http1Get}\r\n`);
    socket.end();
  },
  "a reset in the middle": (socket, every) => {
    socket.write(`${http1Post}Content-Length: 1000\r\n\r\n{`);
    every(50, () => socket.resetAndDestroy());
  },
  "HTTP/2 without a window": (socket) => {
    socket.write(Buffer.concat([opening, noWindow, times(100, (index) => request(2 * index + 1, get))]));
  },
  "HTTP/2, continuation without an end": (socket, every) => {
    socket.write(Buffer.concat([opening, frame(frameType.headers, 1, 1, block(get))]));
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
