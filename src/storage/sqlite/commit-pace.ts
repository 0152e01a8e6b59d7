/**
 * How far apart commits begin at the most while more writes are to be expected, in milliseconds. Each commit costs both
 * threads the same, whatever is in it: pages are written and synced, each thread is woken, and the log is followed.
 */
const paceMs = 3;

/**
 * Says when the next batch of writes may begin. Where several write at a time, it waits for as many writes as the batch
 * before had, for a moment at the most. Who writes alone, or one write after the other, is never held up.
 */
export class CommitPace {
  #beganAt = Number.NEGATIVE_INFINITY;
  #writes = 0;

  /** How long a next batch of so many writes has to wait for more, in milliseconds; 0 for not at all. */
  waitMs(now: number, writes: number): number {
    return writes < this.#writes ? Math.max(0, this.#beganAt + paceMs - now) : 0;
  }

  /** Takes note that a batch of so many writes begins. */
  begin(now: number, writes: number): void {
    this.#beganAt = now;
    this.#writes = writes;
  }
}
