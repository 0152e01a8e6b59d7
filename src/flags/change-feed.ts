import type { Awaitable } from "../domain/awaitable.ts";
import type { Change } from "../domain/change.ts";
import { DomainError } from "../domain/errors.ts";
import { RecentChanges } from "./recent-changes.ts";
import type { CaughtUpEvent } from "./watch-event.ts";

/** Somebody who waits for changes. It joins to hear of the next ones, and leaves when it has what it waits for. */
export interface FeedListener {
  /** There are changes that it has not looked at. */
  wake(): void;
  /** Time goes by: a beat is `beatMs`. */
  beat(beats: number): void;
  /** The feed has ended. */
  fail(error: DomainError): void;
}

/** How long one beat is, in milliseconds. */
export const beatMs = 100;

// While somebody waits, commits of other processes are looked for so often.
const lookMs = 5;

// What stays in memory for those who are behind: 8 MiB of text at the most, whatever reasons people give.
const recentBound = { changes: 10_000, text: 2 * 1024 * 1024 };

/** Tells all who wait of the changes that are in memory, at the time they come there. */
export class ChangeFeed {
  /** The last changes; who has seen less than them reads the log. */
  readonly recent: RecentChanges;
  readonly #look: () => Awaitable<void>;
  readonly #waiting = new Set<FeedListener>();
  #caughtUp: CaughtUpEvent | undefined;
  #lastBeat = 0;
  #looking = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Begins after a revision. `look` is called to take in what other processes have committed. */
  constructor(revision: number, look: () => Awaitable<void>) {
    this.recent = new RecentChanges(revision, recentBound);
    this.#look = look;
  }

  /** The last revision that is in memory. */
  get revision(): number {
    return this.recent.revision;
  }

  /** The number of the beat that it is. */
  get beats(): number {
    return Math.floor(performance.now() / beatMs);
  }

  /** Throws `UNAVAILABLE` where it has ended. */
  requireOpen(): void {
    if (this.#closed) {
      throw closedError();
    }
  }

  /** Says that everything up to the last revision has been told; one object for all who are there. */
  get caughtUp(): CaughtUpEvent {
    if (this.#caughtUp?.revision !== this.revision) {
      this.#caughtUp = { kind: "caughtUp", revision: this.revision };
    }
    return this.#caughtUp;
  }

  /** Tells a listener of changes from the next one on. */
  join(listener: FeedListener): void {
    if (this.#closed) {
      listener.fail(closedError());
      return;
    }
    this.#waiting.add(listener);
    this.#timer ??= this.#start();
  }

  /** Tells a listener no more. */
  leave(listener: FeedListener): void {
    this.#waiting.delete(listener);
  }

  /** Adds changes, each later than the one before, and tells of them. */
  append(changes: readonly Change[]): void {
    if (changes.length > 0) {
      this.recent.append(changes);
      this.#wakeAll();
    }
  }

  /** Goes on after a revision, where the changes before are in the log alone, and tells that there are some. */
  skipTo(revision: number): void {
    this.recent.skipTo(revision);
    this.#wakeAll();
  }

  /** Ends what waits, with `UNAVAILABLE`. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const listener of this.#waiting) {
      listener.fail(closedError());
    }
    this.#waiting.clear();
  }

  #wakeAll(): void {
    for (const listener of this.#waiting) {
      listener.wake();
    }
  }

  #start(): NodeJS.Timeout {
    return setInterval(() => this.#tick(), lookMs).unref();
  }

  #tick(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#beat();
    this.#lookForChanges();
  }

  #beat(): void {
    const { beats } = this;
    if (beats !== this.#lastBeat) {
      this.#lastBeat = beats;
      for (const listener of this.#waiting) {
        listener.beat(beats);
      }
    }
  }

  async #lookForChanges(): Promise<void> {
    if (this.#looking) {
      return;
    }
    this.#looking = true;
    try {
      await this.#look();
    } catch {
      // Looked for again at the next turn; whoever reads meets the same failure and hears of it.
    } finally {
      this.#looking = false;
    }
  }
}

function closedError(): DomainError {
  return new DomainError("UNAVAILABLE", "this server is going away; ask again to reach another one");
}
