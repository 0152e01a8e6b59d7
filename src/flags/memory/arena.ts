import {
  append,
  blockLength,
  chunkHeader,
  createChunk,
  emptied,
  forEachBlock,
  hasRoom,
  isSparse,
  noChunk,
  releaseIn,
} from "./chunk.ts";
import { wordAt } from "./words.ts";

/** What no reference to a block is. */
export const none = 0;

// A larger share of a chunk goes into one of its own, so that no more than this of a chunk stays unfilled.
const largestShare = 1 / 4;

/**
 * Blocks of 32-bit words in chunks outside the heap of JavaScript: however many blocks there are, the garbage collector
 * sees chunks. A reference to a block is good until the block is released, or `tidy` says that it moved. At least half
 * of each chunk but the last is in use after `tidy`, whatever sizes came and went.
 */
export class Arena {
  readonly #bits: number;
  /** By number; `noChunk` where the number is free. */
  #chunks: Int32Array[] = [];
  #freeNumbers: number[] = [];
  /** The chunk that is being filled, and its number. */
  #current = noChunk;
  #number = 0;
  /** The numbers of the chunks that are to be emptied. */
  #sparse: number[] = [];
  /** A chunk for reuse, so that a steady coming and going makes no garbage. */
  #spare: Int32Array | undefined;

  /** Makes chunks of `2 ** chunkBits` words: 64 KiB, unless told otherwise. */
  constructor(chunkBits = 14) {
    this.#bits = chunkBits;
  }

  /** How much memory is held, in words. */
  get heldWords(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, this.#spare?.length ?? 0);
  }

  /** A word of a block; 1 is the first that is its user's. */
  get(block: number, word: number): number {
    return wordAt(this.chunkOf(block), this.startOf(block) + word);
  }

  /** Sets a word of a block. */
  set(block: number, word: number, value: number): void {
    this.chunkOf(block)[this.startOf(block) + word] = value;
  }

  /** The length of a block, as `allocate` was told. */
  lengthOf(block: number): number {
    return this.get(block, blockLength);
  }

  /** The chunk that a block lies in. */
  chunkOf(block: number): Int32Array {
    // A reference holds the number of a chunk that there is.
    return this.#chunks[block >>> this.#bits] as Int32Array;
  }

  /** Where in its chunk a block begins. */
  startOf(block: number): number {
    return block & ((1 << this.#bits) - 1);
  }

  /** Makes a block of that many words, the arena's own first one included. What they hold is left over from others. */
  allocate(length: number): number {
    if (length > (1 << this.#bits) * largestShare) {
      const chunk = createChunk(chunkHeader + length);
      return this.#reference(this.#add(chunk), append(chunk, length));
    }
    if (!hasRoom(this.#current, length)) {
      this.#startChunk();
    }
    return this.#reference(this.#number, append(this.#current, length));
  }

  /** Gives a block back. */
  release(block: number): void {
    const chunk = this.chunkOf(block);
    const wasSparse = isSparse(chunk);
    releaseIn(chunk, this.startOf(block));
    if (chunk !== this.#current && !wasSparse && isSparse(chunk)) {
      this.#sparse.push(block >>> this.#bits);
    }
  }

  /** Empties the chunks that are hardly used, and says of each block in them where it lies from then on. */
  tidy(moved: (from: number, to: number) => void): void {
    for (let number = this.#sparse.pop(); number !== undefined; number = this.#sparse.pop()) {
      this.#empty(number, moved);
    }
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
    this.#chunks = [];
    this.#freeNumbers = [];
    this.#sparse = [];
    this.#current = noChunk;
    this.#spare = undefined;
  }

  #reference(number: number, start: number): number {
    return (number << this.#bits) | start;
  }

  #startChunk(): void {
    if (isSparse(this.#current)) {
      this.#sparse.push(this.#number);
    }
    const chunk = this.#spare ?? createChunk(1 << this.#bits);
    this.#number = this.#add(chunk);
    this.#current = chunk;
    this.#spare = undefined;
  }

  #add(chunk: Int32Array): number {
    const number = this.#freeNumbers.pop() ?? this.#chunks.length;
    if (number >= 2 ** (32 - this.#bits)) {
      throw new RangeError("no more organisations fit in memory: 16 GiB are what references of 32 bits can tell apart");
    }
    this.#chunks[number] = chunk;
    return number;
  }

  #empty(number: number, moved: (from: number, to: number) => void): void {
    const chunk = this.#chunks[number] ?? noChunk;
    forEachBlock(chunk, (start, length) => {
      const block = this.allocate(length);
      this.chunkOf(block).set(chunk.subarray(start, start + length), this.startOf(block));
      moved(this.#reference(number, start), block);
    });
    this.#chunks[number] = noChunk;
    this.#freeNumbers.push(number);
    this.#spare = chunk.length === 1 << this.#bits ? emptied(chunk) : this.#spare;
  }
}
