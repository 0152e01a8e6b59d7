import { constants, type Http2Server, type Http2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { Untaken } from "./untaken.ts";

/**
 * Finds, by looking from time to time, what clients do not take by HTTP/2, and cuts it off: streams whose answers are
 * written whole (one that goes on is watched by what writes it), and sessions that do not even take the news of that.
 */
export class Http2Stalls {
  readonly #stalledMs: number;
  readonly #whole: Untaken<ServerHttp2Stream>;
  /** Since when streams are cut off, and their clients have not been told. */
  readonly #cutOff = new WeakMap<ServerHttp2Stream, number>();

  /** A session that is destroyed waits for what it was writing; its socket does not. */
  readonly #sockets = new WeakMap<Http2Session, Socket>();

  constructor(server: Http2Server, stalledMs: number) {
    this.#stalledMs = stalledMs;
    this.#whole = new Untaken(stalledMs);
    let latest: Socket | undefined;
    // The server makes the session of a connection, and tells of it, in the course of this event.
    server.prependListener("connection", (socket: Socket) => {
      latest = socket;
    });
    server.on("session", (session) => {
      if (latest !== undefined) {
        this.#sockets.set(session, latest);
      }
      latest = undefined;
    });
  }

  /** Looks at a stream that is open; `now` is a time of `performance.now()`. */
  look(stream: ServerHttp2Stream, now: number): void {
    if (stream.writableLength === 0) {
      return;
    }
    if (stream.closed) {
      this.#lookAtCutOff(stream, now);
    } else if (stream.writableEnded && this.#whole.isStalled(stream, stream.writableLength, now)) {
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }

  #lookAtCutOff(stream: ServerHttp2Stream, now: number): void {
    const since = this.#cutOff.get(stream) ?? now;
    this.#cutOff.set(stream, since);
    if (now - since > this.#stalledMs && stream.session !== undefined) {
      this.#sockets.get(stream.session)?.destroy();
    }
  }
}
