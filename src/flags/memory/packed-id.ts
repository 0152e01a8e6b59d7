import { wordAt } from "./words.ts";

/** The most characters that an id may have. */
export const maxIdLength = 128;

const maxCharacter = 0x7f;
// Of 32 bits of the sum, the upper 26 are what the theorem below is about.
const hashShift = 6;

/** How many words hold the characters of an id, four in each. */
export function wordsOfId(length: number): number {
  return (length + 3) >>> 2;
}

/**
 * An id of at most 128 ASCII characters in words, so that looking one up makes no object, and its hash.
 *
 * The hash is the sum of the characters, each times a secret random number of its place. It is strongly universal
 * (Lemire and Kaser, "Strongly universal string hashing is fast", multilinear): with 7 bits of a character and 32 of
 * the sum, any two ids agree in the upper 26 bits as rarely as chance would have it, whoever chose them.
 */
export class PackedId {
  readonly #secrets = crypto.getRandomValues(new Int32Array(maxIdLength + 1));
  readonly #words = new Int32Array(wordsOfId(maxIdLength));
  #length = 0;
  #hash = 0;

  /** The number of characters. */
  get length(): number {
    return this.#length;
  }

  /** 26 bits. */
  get hash(): number {
    return this.#hash;
  }

  /** Takes on an id, in the place of the one before; false of a text that is none, which leaves nothing of use. */
  pack(id: string): boolean {
    const length = id.length;
    if (length > maxIdLength) {
      return false;
    }
    let sum = wordAt(this.#secrets, maxIdLength);
    let word = 0;
    let anyBit = 0;
    for (let index = 0; index < length; index++) {
      const character = id.charCodeAt(index);
      anyBit |= character;
      sum = (sum + Math.imul(wordAt(this.#secrets, index), character)) | 0;
      word |= character << ((index & 3) << 3);
      if ((index & 3) === 3) {
        this.#words[index >>> 2] = word;
        word = 0;
      }
    }
    if ((length & 3) !== 0) {
      this.#words[length >>> 2] = word;
    }
    this.#length = length;
    this.#hash = sum >>> hashShift;
    return anyBit <= maxCharacter;
  }

  /** Whether it is what was written there. */
  isAt(words: Int32Array, start: number): boolean {
    for (let index = wordsOfId(this.#length) - 1; index >= 0; index--) {
      if (words[start + index] !== this.#words[index]) {
        return false;
      }
    }
    return true;
  }

  /** Writes its words. */
  writeTo(words: Int32Array, start: number): void {
    for (let index = wordsOfId(this.#length) - 1; index >= 0; index--) {
      words[start + index] = wordAt(this.#words, index);
    }
  }
}
