import { createWords, wordAt } from "./words.ts";

// Blocks stand one after the other behind the header: up to where the chunk is filled, and how many words of blocks in
// use it has.
const filled = 0;
const inUse = 1;

/** How many words a chunk has for itself. */
export const chunkHeader = 2;

/** The word of a block that has its length, this word included; negative once it is released. */
export const blockLength = 0;

/** What has room for nothing. */
export const noChunk: Int32Array = new Int32Array(0);

/** Makes a chunk of so many words, its header included. */
export function createChunk(length: number): Int32Array {
  return emptied(createWords(length));
}

/** The same chunk, without its blocks. */
export function emptied(chunk: Int32Array): Int32Array {
  chunk[filled] = chunkHeader;
  chunk[inUse] = 0;
  return chunk;
}

/** Whether a block of so many words still fits. */
export function hasRoom(chunk: Int32Array, length: number): boolean {
  return chunk !== noChunk && wordAt(chunk, filled) + length <= chunk.length;
}

/** Adds a block of so many words, for which there is room, and says where it begins. */
export function append(chunk: Int32Array, length: number): number {
  const start = wordAt(chunk, filled);
  chunk[start + blockLength] = length;
  chunk[filled] = start + length;
  chunk[inUse] = wordAt(chunk, inUse) + length;
  return start;
}

/** Marks the block that begins there as one that is used no more. */
export function releaseIn(chunk: Int32Array, start: number): void {
  const length = wordAt(chunk, start + blockLength);
  chunk[start + blockLength] = -length;
  chunk[inUse] = wordAt(chunk, inUse) - length;
}

/** Whether less than half of it is in use. */
export function isSparse(chunk: Int32Array): boolean {
  return chunk !== noChunk && wordAt(chunk, inUse) * 2 < chunk.length;
}

/** Calls back with where each block in use begins, and its length. */
export function forEachBlock(chunk: Int32Array, use: (start: number, length: number) => void): void {
  const end = wordAt(chunk, filled);
  for (let start = chunkHeader; start < end; start += Math.abs(wordAt(chunk, start + blockLength))) {
    const length = wordAt(chunk, start + blockLength);
    if (length > 0) {
      use(start, length);
    }
  }
}
