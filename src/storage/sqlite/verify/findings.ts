// More lines than this help nobody.
const maxKept = 100;

/** What was found to be wrong with a database, one line each: the first hundred, and how many there are. */
export class Findings {
  readonly #lines: string[] = [];
  #total = 0;

  get lines(): readonly string[] {
    return this.#lines;
  }

  get total(): number {
    return this.#total;
  }

  add(line: string): void {
    this.#total++;
    if (this.#lines.length < maxKept) {
      this.#lines.push(line);
    }
  }
}
