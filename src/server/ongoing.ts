const fewest = 16;

/**
 * Keeps track of what begins often and ends by itself. What is over is forgotten when it is looked for: now and then,
 * and whenever somebody asks. To notice each end by a listener would cost every request more than all else here does.
 */
export class Ongoing<T> {
  readonly #isOver: (item: T) => boolean;
  #items: T[] = [];
  #most = fewest;

  constructor(isOver: (item: T) => boolean) {
    this.#isOver = isOver;
  }

  /** Keeps at most half as many again as are not over, or a few more. */
  add(item: T): void {
    if (this.#items.length >= this.#most) {
      this.#most = this.all.length + Math.max(fewest, this.#items.length / 2);
    }
    this.#items.push(item);
  }

  /** How many are kept: all that are not over, and perhaps some that are. */
  get kept(): number {
    return this.#items.length;
  }

  /** Those that are not over, in the order in which they began. */
  get all(): readonly T[] {
    this.#items = this.#items.filter((item) => !this.#isOver(item));
    return this.#items;
  }
}
