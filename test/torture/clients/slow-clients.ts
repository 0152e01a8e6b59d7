import type { Socket } from "node:net";
import { type Fields, frame, frameType, opening, request } from "../../server/http2-frames.ts";

/** A way to be a burden: what is done on a connection of one's own. It has to be safe to call on one that closes. */
export type BadClient = (socket: Socket, every: (ms: number, work: () => void) => void) => void;

/** A request over HTTP/2 for the overrides of all organisations. */
export const listRequest: Fields = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/api/v1/org-feature-flags"],
  [":authority", "localhost"],
];
/** The settings of a client that takes no bodies. */
export const noWindow = frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
/** The head of a post over HTTP/1.1, without its end. */
export const http1Post =
  "POST /api/v1/org-feature-flags HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

const bigAnswer = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
const watch = "GET /api/v1/changes:watch HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";

/** Those that take their time, and ask for little. */
export const slowClients: Readonly<Record<string, BadClient>> = {
  "a head, byte by byte": (socket, every) => {
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nA: ");
    every(100, () => socket.write("a"));
  },
  "a body, byte by byte": (socket, every) => {
    socket.write(`${http1Post}Content-Length: 100000\r\n\r\n`);
    every(100, () => socket.write(" "));
  },
  "nothing at all": () => {},
  "a stream that is never read": (socket) => {
    socket.pause();
    socket.write(watch);
  },
  "an answer that is never read": (socket) => {
    socket.pause();
    socket.write(bigAnswer);
  },
  "an answer that is read bit by bit": (socket, every) => {
    socket.on("data", () => socket.pause());
    socket.write(bigAnswer);
    every(500, () => socket.resume());
  },
  "an answer by HTTP/2 without a window": (socket) => {
    socket.write(Buffer.concat([opening, noWindow, request(1, listRequest)]));
  },
};
