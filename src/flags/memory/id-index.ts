import { type Arena, none } from "./arena.ts";
import { hash, id, idLengthOf, next } from "./organisation-block.ts";
import type { PackedId } from "./packed-id.ts";
import { Words } from "./words.ts";

/**
 * Finds the block of an id: a hash table of chained blocks, with two buckets for each. It grows by linear hashing:
 * one bucket after the other is split in two as blocks are added, so that none of them pays for a rehash of all.
 */
export class IdIndex {
  readonly #arena: Arena;
  /** The first block of each bucket, or `none`. */
  readonly #heads = new Words();
  #size = 0;
  /** The bits of a hash that tell the buckets apart: the least number of ones alone that is not below any bucket's. */
  #mask = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#heads.set(0, none);
  }

  /** The block of an id, or `none`. */
  find(packed: PackedId): number {
    const arena = this.#arena;
    let block = this.#heads.at(this.#bucketOf(packed.hash));
    while (block !== none && !this.#is(block, packed)) {
      block = arena.get(block, next);
    }
    return block;
  }

  /** Adds a block, whose id is that of no other. */
  add(block: number): void {
    this.#prepend(this.#bucketOf(this.#arena.get(block, hash)), block);
    this.#size++;
    while (this.#heads.length < 2 * this.#size) {
      this.#split();
    }
  }

  /** Puts a block in the stead of another one of the same id, which can still be read. */
  replace(block: number, by: number): void {
    this.#arena.set(by, next, this.#arena.get(block, next));
    this.#relink(block, by);
  }

  /** Takes out a block, which can still be read. */
  remove(block: number): void {
    this.#relink(block, this.#arena.get(block, next));
    this.#size--;
  }

  /** Takes out all, and gives the memory back. */
  clear(): void {
    this.#heads.clear();
    this.#heads.set(0, none);
    this.#size = 0;
    this.#mask = 0;
  }

  #is(block: number, packed: PackedId): boolean {
    const arena = this.#arena;
    return (
      arena.get(block, hash) === packed.hash &&
      idLengthOf(arena, block) === packed.length &&
      packed.isAt(arena.chunkOf(block), arena.startOf(block) + id)
    );
  }

  /** Has what leads to a block lead elsewhere. */
  #relink(block: number, to: number): void {
    const arena = this.#arena;
    const bucket = this.#bucketOf(arena.get(block, hash));
    let before = this.#heads.at(bucket);
    if (before === block) {
      this.#heads.set(bucket, to);
      return;
    }
    for (let after = arena.get(before, next); after !== block; after = arena.get(before, next)) {
      before = after;
    }
    arena.set(before, next, to);
  }

  #prepend(bucket: number, block: number): void {
    this.#arena.set(block, next, this.#heads.at(bucket));
    this.#heads.set(bucket, block);
  }

  #bucketOf(hashed: number): number {
    const bucket = hashed & this.#mask;
    // It is not there yet: what belongs in it is still in the one that it will be split from.
    return bucket < this.#heads.length ? bucket : bucket & (this.#mask >>> 1);
  }

  #split(): void {
    const bucket = this.#heads.length;
    this.#mask = bucket > this.#mask ? 2 * this.#mask + 1 : this.#mask;
    const from = bucket & (this.#mask >>> 1);
    let block = this.#heads.at(from);
    this.#heads.set(from, none);
    this.#heads.set(bucket, none);
    while (block !== none) {
      const after = this.#arena.get(block, next);
      this.#prepend(this.#bucketOf(this.#arena.get(block, hash)), block);
      block = after;
    }
  }
}
