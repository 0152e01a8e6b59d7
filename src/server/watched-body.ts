import { Code, ConnectError } from "@connectrpc/connect";
import { cutOff, startStallTimer } from "../transcoding/stall.ts";
import type { Response } from "./exchange.ts";

/** The body of an answer as connect-node writes it. The answer is cut off where a piece is not taken in time. */
export class WatchedBody implements AsyncIterableIterator<Uint8Array> {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #response: Response;
  readonly #stalledMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Who reads it asks for a piece when the one before is written, or fits into the buffers of the platform. */
  constructor(pieces: AsyncIterable<Uint8Array>, response: Response, stalledMs: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#response = response;
    this.#stalledMs = stalledMs;
    // Who reads it may not come back for more once the client is gone; the timer would hold all of the answer till then.
    response.once("close", () => {
      this.#isClosed = true;
      clearTimeout(this.#timer);
    });
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    clearTimeout(this.#timer);
    return this.#pieces.next().then(this.#handOver);
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    clearTimeout(this.#timer);
    return this.#pieces.return?.() ?? Promise.resolve({ done: true, value: undefined });
  }

  /** Takes the error of a piece that could not be written: the client is gone, and nothing went wrong in here. */
  throw(error: unknown): Promise<IteratorResult<Uint8Array>> {
    clearTimeout(this.#timer);
    const gone = new ConnectError("the client is gone", Code.Canceled, undefined, undefined, error);
    return this.#pieces.throw?.(gone) ?? Promise.reject(gone);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #handOver = (piece: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> => {
    if (piece.done !== true && !this.#isClosed) {
      const bytes = this.#response.writableLength + piece.value.length;
      this.#timer = startStallTimer(bytes, this.#stalledMs, () => cutOff(this.#response));
    }
    return piece;
  };
}
