/** The latencies of the requests that were answered within a window of time. */
export class Latencies {
  #values: number[] = [];

  /** Takes in one request that was answered, in milliseconds. */
  record(ms: number): void {
    this.#values.push(ms);
  }

  /** Ends a window and begins the next one; returns the ended one's, sorted, in milliseconds. */
  take(): Float64Array {
    const taken = Float64Array.from(this.#values).sort();
    this.#values = [];
    return taken;
  }
}

/** The value below which the fraction of sorted values lies; NaN where there are none. */
export function percentile(sorted: Float64Array, fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
