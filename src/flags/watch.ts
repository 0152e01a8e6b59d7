import { DomainError } from "../domain/errors.ts";
import { beatMs, type FeedListener } from "./change-feed.ts";
import { WatchCursor } from "./watch-cursor.ts";
import type { Watch, WatchEvent, WatchOptions } from "./watch-event.ts";
import type { WatchSource } from "./watch-source.ts";

type Result = IteratorResult<WatchEvent, undefined>;

interface Waiting {
  resolve(result: Result | Promise<Result>): void;
  reject(error: unknown): void;
}

const ended: Result = { done: true, value: undefined };

/**
 * A watch hands out what its cursor comes to, when it is pulled. Only while it waits for something to come does it
 * listen to the feed; then its cursor is at the end.
 */
export class ChangeWatch implements Watch, FeedListener {
  readonly #source: WatchSource;
  readonly #options: WatchOptions;
  #cursor: WatchCursor | undefined;
  #pulled: Promise<Result> | undefined;
  #waiting: Waiting | undefined;
  #waitingSince = 0;
  #ended = false;

  constructor(source: WatchSource, options: WatchOptions) {
    this.#source = source;
    this.#options = options;
    source.watchers += 1;
    options.signal?.addEventListener("abort", this.#end);
    if (options.signal?.aborted) {
      this.#end();
    }
  }

  get revision(): number {
    return this.#cursor?.revision ?? this.#options.fromRevision ?? this.#source.feed.revision;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#pulled !== undefined) {
      // Pulled again before there was an answer: one after the other.
      const again = () => this.next();
      return this.#pulled.then(again, again);
    }
    if (this.#ended) {
      return Promise.resolve(ended);
    }
    const event = this.#cursor?.next();
    if (event !== undefined) {
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#cursor?.isAtEnd) {
      return this.#wait();
    }
    this.#pulled = this.#seek();
    return this.#pulled;
  }

  return(): Promise<Result> {
    this.#end();
    return Promise.resolve(ended);
  }

  throw(error?: unknown): Promise<never> {
    const message = `the client does not read; go on after revision ${this.revision}`;
    this.#end();
    const refusal = new DomainError("RESOURCE_EXHAUSTED", message);
    refusal.cause = error;
    return Promise.reject(refusal);
  }

  /** See `FeedListener`. */
  wake(): void {
    const event = this.#cursor?.next();
    if (event !== undefined) {
      this.#stopWaiting()?.resolve({ done: false, value: event });
    } else if (!this.#cursor?.isAtEnd) {
      const waiting = this.#stopWaiting();
      this.#pulled = this.#seek();
      waiting?.resolve(this.#pulled);
    }
  }

  /** See `FeedListener`. */
  beat(beats: number): void {
    const silentMs = (beats - this.#waitingSince) * beatMs;
    // At the next beat it would be too late.
    if (silentMs + beatMs >= this.#options.heartbeatMs) {
      this.#stopWaiting()?.resolve({ done: false, value: this.#source.feed.caughtUp });
    }
  }

  /** See `FeedListener`. */
  fail(error: DomainError): void {
    this.#stopWaiting()?.reject(error);
    this.#end();
  }

  readonly #end = (): void => {
    this.#source.watchers -= this.#ended ? 0 : 1;
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#end);
    this.#stopWaiting()?.resolve(ended);
  };

  /** Goes through what is further back, and waits for something to come where there is nothing. */
  async #seek(): Promise<Result> {
    try {
      const isFirst = this.#cursor === undefined;
      this.#cursor ??= await this.#begin();
      for (;;) {
        const event = this.#cursor.next() ?? (isFirst ? this.#nothingYet(this.#cursor) : undefined);
        if (event !== undefined || this.#ended) {
          return this.#found(event);
        }
        if (this.#cursor.isAtEnd) {
          return this.#wait();
        }
        await this.#cursor.readOn();
      }
    } catch (error) {
      this.#pulled = undefined;
      this.#end();
      throw error;
    }
  }

  async #begin(): Promise<WatchCursor> {
    return new WatchCursor(this.#source, this.#options.filter, await this.#source.begin(this.#options));
  }

  #nothingYet({ isAtEnd, revision }: WatchCursor): WatchEvent | undefined {
    return isAtEnd ? { kind: "caughtUp", revision } : undefined;
  }

  #found(event: WatchEvent | undefined): Result {
    this.#pulled = undefined;
    return event === undefined || this.#ended ? ended : { done: false, value: event };
  }

  #wait(): Promise<Result> {
    const pulled = new Promise<Result>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#pulled = pulled;
    this.#waitingSince = this.#source.feed.beats;
    this.#source.feed.join(this);
    return pulled;
  }

  #stopWaiting(): Waiting | undefined {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      this.#pulled = undefined;
      this.#source.feed.leave(this);
    }
    return waiting;
  }
}
