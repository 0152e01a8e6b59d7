/** Chance that a seed fixes, so that what it led to can be had again. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not including, 1 (the generator "mulberry32"). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, but not including, the bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** Whether something that happens so often (0 to 1) happens now. */
  happens(likelihood: number): boolean {
    return this.fraction() < likelihood;
  }

  /** One of them; throws of none. */
  oneOf<T>(all: readonly T[]): T {
    if (all.length === 0) {
      throw new RangeError("there is nothing to choose from");
    }
    // Within bounds, as was just seen.
    return all[this.below(all.length)] as T;
  }

  /** So many bytes of any kind. */
  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
