/** What is done when, and how. */
export interface DueTimesOptions {
  /** The time, in milliseconds since 1970, UTC. */
  readonly clock: () => number;
  /**
   * Makes happen what is due of an organisation, or without one some of all that is due. Answers when something is next
   * due; undefined for never.
   */
  readonly apply: (orgId?: string) => Promise<number | undefined>;
}

// A clock that is set, or a machine that slept, is noticed after so long.
const maxTimerMs = 60_000;

// A store that failed is asked again after so long; every read until then would fail or wait otherwise.
const retryMs = 1000;

/**
 * Knows when something is next to begin or end by itself, and has it done: before the first read at or after that
 * moment that it is about, or by a timer where nobody reads.
 */
export class DueTimes {
  readonly #options: DueTimesOptions;
  // May be early, where what was planned was dropped since; never late.
  #next = Number.POSITIVE_INFINITY;
  #settling: Promise<void> | undefined;
  readonly #organisations = new Map<string, Promise<boolean>>();
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

  /** Whether something may be due that has not happened. */
  get isDue(): boolean {
    return this.#settling !== undefined || this.#options.clock() >= this.#next;
  }

  /** Has all that is due done, and waits for it; undefined where nothing is due. Never rejects. */
  settle(): Promise<void> | undefined {
    if (!this.isDue) {
      return undefined;
    }
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /** Has done what is due of an organisation alone; answers whether the store did not fail. Never rejects. */
  settleOrganisation(orgId: string): Promise<boolean> {
    const under = this.#organisations.get(orgId);
    if (under !== undefined) {
      return under;
    }
    const settling = this.#settleOrganisation(orgId).finally(() => this.#organisations.delete(orgId));
    this.#organisations.set(orgId, settling);
    return settling;
  }

  /** Begins nothing more, and stops the timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #settle(): Promise<void> {
    do {
      await this.#settleSome();
    } while (!this.#closed && this.#options.clock() >= this.#next);
  }

  async #settleSome(): Promise<void> {
    // Forgotten first: what is noted while the store is at work may lie after the moment of its answer.
    this.#next = Number.POSITIVE_INFINITY;
    try {
      this.note(await this.#options.apply());
    } catch {
      // The change is not logged, so what was to end stands as it did: reads go on, as all other state can be read.
      this.note(this.#options.clock() + retryMs);
    }
  }

  async #settleOrganisation(orgId: string): Promise<boolean> {
    try {
      await this.#options.apply(orgId);
      return true;
    } catch {
      // As with all that is due, which is tried again for this organisation too.
      return false;
    }
  }

  #arm(delay: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) {
      this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(delay, 0), maxTimerMs));
      this.#timer.unref();
    }
  }

  #wake(): void {
    if (this.settle() === undefined) {
      this.#arm(this.#next - this.#options.clock());
    }
  }
}
