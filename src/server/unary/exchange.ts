import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** A whole answer. With `trailers` it ends in a header block of them, which takes HTTP/2. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly trailers?: OutgoingHttpHeaders;
}

/** Takes the body of a request as it comes. */
export interface BodySink {
  push(chunk: Buffer): void;
  end(): void;
}

/** One request and the way to answer it, whichever version of HTTP it came by. */
export interface Exchange {
  readonly headers: IncomingHttpHeaders;
  /** The target of the request with its scheme and authority. */
  readonly url: string;
  /** Whether the client is away, so that nothing can be answered any more. */
  readonly isGone: boolean;
  /** Why the client is away: a ConnectError, or undefined where it has not said. */
  readonly goneReason: unknown;
  /** Has the body read; the end of one that is cut off is not told. */
  read(body: BodySink): void;
  /** Throws the body away, so that the connection is good for the next request. */
  discard(): void;
  /** Calls back when the exchange is over, whether it was answered or the client has left. */
  onOver(listener: () => void): void;
  send(answer: Answer): void;
  /** Answers that something is wrong in here, or cuts an answer off that has begun. */
  breakOff(): void;
}
