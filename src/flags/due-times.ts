/** What is done when, and how. */
export interface DueTimesOptions {
  /** The time, in milliseconds since 1970, UTC. */
  readonly clock: () => number;
  /** Makes happen what is due. Answers when something is next due; undefined for never. */
  readonly apply: () => Promise<number | undefined>;
  /** Called when something is due and nobody has asked. */
  readonly whenDue: () => Promise<void> | undefined;
}

// A clock that is set, or a machine that slept, is noticed after so long.
const maxTimerMs = 60_000;

// A store that failed is asked again after so long; every read until then would fail or wait otherwise.
const retryMs = 1000;

/**
 * Knows when something is next to begin or end by itself, and has it done: before the first read at or after that
 * moment, or by a timer where nobody reads.
 */
export class DueTimes {
  readonly #options: DueTimesOptions;
  // May be early, where what was planned was dropped since; never late.
  #next = Number.POSITIVE_INFINITY;
  #settling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DueTimesOptions) {
    this.#options = options;
  }

  /** Takes note that something is due at a time, in milliseconds since 1970, UTC. */
  note(time: number | undefined): void {
    if (time !== undefined && time < this.#next) {
      this.#next = time;
      this.#arm(time - this.#options.clock());
    }
  }

  /** Waits until what is due has happened; undefined where nothing is due. */
  settle(): Promise<void> | undefined {
    if (this.#settling === undefined && this.#options.clock() < this.#next) {
      return undefined;
    }
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /** Stops the timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #settle(): Promise<void> {
    // Forgotten first: what is noted while the store is at work may lie after the moment of its answer.
    this.#next = Number.POSITIVE_INFINITY;
    try {
      this.note(await this.#options.apply());
    } catch {
      // The change is not logged, so what was to end stands as it did: reads go on, as all other state can be read.
      this.note(this.#options.clock() + retryMs);
    }
  }

  #arm(delay: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) {
      this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(delay, 0), maxTimerMs));
      this.#timer.unref();
    }
  }

  async #wake(): Promise<void> {
    if (this.#options.clock() < this.#next) {
      this.#arm(this.#next - this.#options.clock());
      return;
    }
    try {
      await this.#options.whenDue();
    } catch {
      // Whoever reads meets the same failure and hears of it.
      this.#arm(retryMs);
    }
  }
}
