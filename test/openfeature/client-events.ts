/** The events that a client of OpenFeature was told, in their order. */
export class ClientEvents {
  readonly #seen: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** Takes one in. */
  add(type: string): void {
    this.#seen.push(type);
    for (const wake of this.#waiting) {
      wake();
    }
  }

  /** How many of a type there were. */
  count(type: string): number {
    return this.#seen.filter((each) => each === type).length;
  }

  /** Resolves when there have been more of a type than so many. */
  async moreThan(type: string, count: number): Promise<void> {
    while (this.count(type) <= count) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}
