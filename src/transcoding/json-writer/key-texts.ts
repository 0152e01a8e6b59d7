import { flat, quote } from "./string-text.ts";

const MAX_PLACES = 1000;
const MAX_LENGTH = 100;

/** The texts of a map's keys, kept by place: the maps of one field often have the same keys in the same order. */
export class KeyTexts {
  readonly #keys: string[] = [];
  readonly #texts: string[] = [];

  /** The key with its colon, behind a comma but at the first place, 0. */
  at(place: number, key: string): string {
    const kept = this.#keys[place] === key ? this.#texts[place] : undefined;
    return kept ?? this.#make(place, key);
  }

  #make(place: number, key: string): string {
    const text = `${place === 0 ? "" : ","}${quote(key)}:`;
    // Places come in order, so that the lists have no holes.
    if (place >= MAX_PLACES || place > this.#keys.length || key.length > MAX_LENGTH) return text;
    const kept = flat(text);
    this.#keys[place] = key;
    this.#texts[place] = kept;
    return kept;
  }
}
