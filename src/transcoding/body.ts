import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Code } from "@connectrpc/connect";
import { RequestFault } from "./request-fault.ts";

/** A request of `node:http`, or of the compatibility API of `node:http2`. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** How many times the limit a body may go on after it was refused, before its connection is cut. */
const DRAIN_FACTOR = 16;

/** What becomes of a body: exactly one of the three is called, once. */
export interface BodySink {
  /** The whole body; `undefined` for none or an empty one. */
  received(body: Buffer | undefined): void;
  /** The body is too long, or was refused from the start; what still comes of it is thrown away. */
  refused(fault: RequestFault): void;
  /** The client went away. */
  gone(): void;
}

/** Whether a body may follow the headers of the request. */
export function mayHaveBody(request: HttpRequest): boolean {
  const length = request.headers["content-length"];
  if (length !== undefined) return Number(length) !== 0;
  return "stream" in request ? !request.stream.endAfterHeaders : request.headers["transfer-encoding"] !== undefined;
}

/** A 413 for a body of more bytes than `limit`. */
export function tooLarge(limit: number): RequestFault {
  return new RequestFault(413, Code.ResourceExhausted, `body: expected at most ${limit} bytes`);
}

/** Reads a body of up to `limit` bytes. With a `refusal`, the first byte of a body makes that the outcome. */
export function readBody(request: HttpRequest, limit: number, refusal: RequestFault | undefined, sink: BodySink): void {
  const declared = Number(request.headers["content-length"] ?? 0);
  const early = declared > 0 && refusal !== undefined ? refusal : declared > limit ? tooLarge(limit) : undefined;
  if (early === undefined) {
    new BodyReader(request, limit, refusal, sink);
    return;
  }
  drain(request, limit);
  sink.refused(early);
}

class BodyReader {
  readonly #request: HttpRequest;
  readonly #limit: number;
  readonly #refusal: RequestFault | undefined;
  readonly #sink: BodySink;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(request: HttpRequest, limit: number, refusal: RequestFault | undefined, sink: BodySink) {
    this.#request = request;
    this.#limit = limit;
    this.#refusal = refusal;
    this.#sink = sink;
    request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onGone).on("error", this.#onGone);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#size += chunk.length;
    const fault = this.#refusal ?? (this.#size > this.#limit ? tooLarge(this.#limit) : undefined);
    if (fault === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    this.#stop();
    drain(this.#request, this.#limit);
    this.#sink.refused(fault);
  };

  readonly #onEnd = (): void => {
    this.#stop();
    this.#sink.received(this.#size === 0 ? undefined : Buffer.concat(this.#chunks, this.#size));
  };

  readonly #onGone = (): void => {
    this.#stop();
    this.#sink.gone();
  };

  #stop(): void {
    const request = this.#request;
    request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onGone).off("error", this.#onGone);
    // An aborted request may still emit an error, which nobody needs.
    request.on("error", ignore);
  }
}

/**
 * Throws away what still comes, so that the client gets to read the answer: a connection that is closed on unread data
 * is reset, and the answer lost. A client that never stops loses its connection.
 */
function drain(request: HttpRequest, limit: number): void {
  let left = limit * DRAIN_FACTOR;
  request.on("error", ignore);
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

function ignore(): void {}
