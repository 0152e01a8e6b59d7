/**
 * How far apart commits begin while several write at a time, in milliseconds. Each commit costs both threads the same,
 * whatever is in it: pages are written and synced, two messages wake a thread each, and the log is followed.
 */
const paceMs = 3;

/**
 * Says when the next batch of writes may begin. Who writes alone, or one write after the other, is never held up: batches
 * are held back only behind one that had several writes in it, and not where a commit takes that long anyway.
 */
export class CommitPace {
  #beganAt = Number.NEGATIVE_INFINITY;
  #isShared = false;

  /** How long the next batch has to wait for more writes, in milliseconds; 0 for not at all. */
  waitMs(now: number): number {
    return this.#isShared ? Math.max(0, this.#beganAt + paceMs - now) : 0;
  }

  /** Takes note that a batch of so many writes begins. */
  begin(now: number, writes: number): void {
    this.#beganAt = now;
    this.#isShared = writes > 1;
  }
}
