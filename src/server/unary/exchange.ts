import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

/** A body: bytes, or text of one character for each byte, which HTTP/1 sends together with the head. */
export type Body = Uint8Array | string;

/** A whole answer. With `trailers` it ends in a header block of them, which takes HTTP/2. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Body;
  readonly trailers?: OutgoingHttpHeaders;
}

/** Takes the body of a request as it comes. */
export interface BodySink {
  push(chunk: Buffer): void;
  end(): void;
}

/**
 * One request and the way to answer it, whichever version of HTTP it came by. It holds on to nothing of the call once
 * that is answered: the platform keeps streams of HTTP/2, with all that they lead to, much longer than they last.
 */
export interface Exchange {
  /** Whether the client is away, so that nothing can be answered any more. */
  readonly isGone: boolean;
  /** Why the client is away: a ConnectError, or undefined where it has not said. */
  readonly goneReason: unknown;
  /** The connection, or what shows its properties; undefined where it is gone. */
  readonly socket: Socket | undefined;
  /** The target of the request, which has these headers, with its scheme and authority. */
  url(headers: IncomingHttpHeaders): string;
  /** Has the body read until the answer is sent; the end of one that is cut off is not told. */
  read(body: BodySink): void;
  /** Throws the body away, so that the connection is good for the next request. */
  discard(): void;
  /** Calls back when the exchange is over, whether it was answered or the client has left. */
  onOver(listener: () => void): void;
  send(answer: Answer): void;
  /** Answers that something is wrong in here, or cuts an answer off that has begun. */
  breakOff(): void;
}
