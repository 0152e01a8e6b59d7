import type { Admission, LiveStream } from "./live-streams.ts";

type Result<T> = IteratorResult<T, unknown>;

/** The answers of a stream for as long as whoever asked for it may have them: no message goes out after that. */
export class AdmittedStream<T> implements AsyncIterableIterator<T, unknown, undefined>, LiveStream {
  readonly #items: AsyncIterator<T, unknown>;
  #admission: Admission | undefined;
  #ended: Error | undefined;
  #fail: ((reason: Error) => void) | undefined;

  /** `admit` is called with the stream itself, before anything is asked of the items. */
  constructor(items: AsyncIterable<T>, admit: (stream: LiveStream) => Admission) {
    this.#items = items[Symbol.asyncIterator]();
    this.#admission = admit(this);
  }

  next(): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      this.#fail = reject;
      this.#items.next().then(
        (result) => this.#hand(result, resolve, reject),
        (error: unknown) => {
          this.#close();
          reject(error);
        },
      );
    });
  }

  return(): Promise<Result<T>> {
    this.#close();
    return this.#items.return?.() ?? Promise.resolve({ done: true, value: undefined });
  }

  throw(reason: unknown): Promise<Result<T>> {
    this.#close();
    if (this.#items.throw !== undefined) {
      return this.#items.throw(reason);
    }
    // What a stream throws while it cleans up concerns nobody any more.
    this.#items.return?.().catch(() => {});
    return Promise.reject(reason);
  }

  /** Ends it in the middle of whatever it waits for. */
  end(reason: Error): void {
    this.#ended = reason;
    this.#fail?.(reason);
    // Not awaited: behind an item that never comes it would never settle.
    this.#items.return?.().catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #hand(result: Result<T>, resolve: (result: Result<T>) => void, reject: (error: unknown) => void): void {
    if (result.done === true) {
      this.#close();
      resolve(result);
      return;
    }
    const checking = this.#admission?.check();
    if (checking === undefined) {
      resolve(result);
    } else {
      checking.then(() => resolve(result), reject);
    }
  }

  #close(): void {
    this.#admission?.close();
    this.#admission = undefined;
  }
}
