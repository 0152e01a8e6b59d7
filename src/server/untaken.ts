import { patienceFor } from "../transcoding/stall.ts";

interface Waiting {
  readonly bytes: number;
  readonly since: number;
}

/** Finds, by looking from time to time, of which answers too little is taken. */
export class Untaken<T extends object> {
  readonly #stalledMs: number;
  readonly #waiting = new WeakMap<T, Waiting>();

  /** For `stalledMs` see `Limits`. */
  constructor(stalledMs: number) {
    this.#stalledMs = stalledMs;
  }

  /** Whether an answer of which so many bytes wait has stalled; `now` is a time of `performance.now()`. */
  isStalled(answer: T, bytes: number, now: number): boolean {
    const waiting = this.#waiting.get(answer);
    if (waiting === undefined || bytes < waiting.bytes) {
      this.#waiting.set(answer, { bytes, since: now });
      return false;
    }
    return now - waiting.since > patienceFor(bytes, this.#stalledMs);
  }
}
