/**
 * What follows from each literal at one place of the paths. Looked up by hash, so that their number does not matter;
 * but for the first, which is compared: most places have one only, and hashing a text costs more than that.
 */
export class Literals<T> {
  #first: { readonly text: string; readonly value: T } | undefined;
  readonly #others = new Map<string, T>();

  /** What follows from the text, if it is one of them. */
  get(text: string): T | undefined {
    const first = this.#first;
    if (first !== undefined && first.text === text) return first.value;
    return this.#others.size === 0 ? undefined : this.#others.get(text);
  }

  /** What follows from the text, made if it is new. */
  open(text: string, make: () => T): T {
    const existing = this.get(text);
    if (existing !== undefined) return existing;
    const value = make();
    if (this.#first === undefined) this.#first = { text, value };
    else this.#others.set(text, value);
    return value;
  }
}
