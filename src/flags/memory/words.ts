const segmentBits = 14;
const segmentWords = 1 << segmentBits;

/**
 * That many 32-bit words, all 0, outside the heap of JavaScript. The platform maps the pages of a resizable buffer itself:
 * they count from when they are first written, and go back to the system with the buffer, whereas what came from malloc
 * mostly stays with the process.
 */
export function createWords(length: number): Int32Array {
  const byteLength = length * Int32Array.BYTES_PER_ELEMENT;
  return new Int32Array(new ArrayBuffer(byteLength, { maxByteLength: byteLength }), 0, length);
}

/** The word at an index that is known to be within. */
export function wordAt(words: Int32Array, index: number): number {
  // Every element within is a number; the type can't tell which indexes are.
  return words[index] as number;
}

/** A list of 32-bit words outside the heap of JavaScript, which grows by segments and never copies what it holds. */
export class Words {
  #segments: Int32Array[] = [];
  #length = 0;

  /** How many words there are. */
  get length(): number {
    return this.#length;
  }

  /** The word at an index that is within. */
  at(index: number): number {
    return wordAt(this.#segment(index), index & (segmentWords - 1));
  }

  /** Sets the word at an index that is within, or next after the last. */
  set(index: number, word: number): void {
    if (index === this.#length) {
      this.#grow();
    }
    this.#segment(index)[index & (segmentWords - 1)] = word;
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
    this.#segments = [];
    this.#length = 0;
  }

  #grow(): void {
    if ((this.#length & (segmentWords - 1)) === 0) {
      this.#segments.push(createWords(segmentWords));
    }
    this.#length++;
  }

  #segment(index: number): Int32Array {
    // There is one for every index within.
    return this.#segments[index >>> segmentBits] as Int32Array;
  }
}
