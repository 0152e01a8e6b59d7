import { DomainError } from "../domain/errors.ts";
import type { ChangeFeed, FeedListener } from "./change-feed.ts";

// Longer ones would pass at once.
const maxTimerMs = 2 ** 31 - 1;

/**
 * Waits until a feed is at a revision; `UNAVAILABLE` that names both revisions after so many milliseconds. Rejects with
 * the signal's reason when that is aborted.
 */
export function untilRevision(
  feed: ChangeFeed,
  revision: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> | undefined {
  return feed.revision >= revision ? undefined : new RevisionWait(feed, revision, timeoutMs, signal).promise;
}

class RevisionWait implements FeedListener {
  readonly promise: Promise<void>;
  readonly #feed: ChangeFeed;
  readonly #revision: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #settle: PromiseWithResolvers<void>;

  constructor(feed: ChangeFeed, revision: number, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#feed = feed;
    this.#revision = revision;
    this.#signal = signal;
    this.#settle = Promise.withResolvers<void>();
    this.promise = this.#settle.promise;
    this.#timer = setTimeout(() => this.fail(this.#notThere()), Math.min(timeoutMs, maxTimerMs));
    signal?.addEventListener("abort", this.#abort);
    feed.join(this);
    if (signal?.aborted) {
      this.#abort();
    }
  }

  wake(): void {
    if (this.#feed.revision >= this.#revision) {
      this.#stop();
      this.#settle.resolve();
    }
  }

  beat(): void {
    // Its own timer says when it has waited long enough.
  }

  fail(error: unknown): void {
    this.#stop();
    this.#settle.reject(error);
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason);

  #stop(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#feed.leave(this);
  }

  #notThere(): DomainError {
    const message = `revision ${this.#revision} is asked for and not there yet: this server is at revision ${this.#feed.revision}`;
    return new DomainError("UNAVAILABLE", message);
  }
}
