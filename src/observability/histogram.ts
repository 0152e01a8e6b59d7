import type { Labels, Sample } from "./metric.ts";

/** Counts values by bounds; to count one makes no object. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** By bound, and at the end those above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** The bounds ascend; a value that equals one is below it. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts a value. */
  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) {
      index += 1;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  /** The histogram as it is now; nothing where nothing was counted. */
  samples(labels: Labels): readonly Sample[] {
    let below = 0;
    const buckets = [...this.#counts].map((count, index) => {
      below += count;
      const le = String(this.#bounds[index] ?? "+Inf");
      return { suffix: "_bucket", labels: { ...labels, le }, value: below };
    });
    const sum = { suffix: "_sum", labels, value: this.#sum };
    return below === 0 ? [] : [...buckets, sum, { suffix: "_count", labels, value: below }];
  }
}
