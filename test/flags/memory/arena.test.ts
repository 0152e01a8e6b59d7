import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, none } from "../../../src/flags/memory/arena.ts";

const chunkBits = 6;
const chunkWords = 2 ** chunkBits;

/** An arena, and what its blocks must hold. */
class Blocks {
  readonly arena = new Arena(chunkBits);
  readonly contents = new Map<number, readonly number[]>();

  add(content: readonly number[]): void {
    const block = this.arena.allocate(1 + content.length);
    expect(block).not.toBe(none);
    expect(this.contents.has(block)).toBe(false);
    content.forEach((value, index) => {
      this.arena.set(block, 1 + index, value);
    });
    this.contents.set(block, content);
  }

  remove(number: number): void {
    const block = [...this.contents.keys()][number % Math.max(this.contents.size, 1)];
    if (block !== undefined) {
      this.arena.release(block);
      this.contents.delete(block);
    }
  }

  removeSome(from: number, count: number): void {
    for (let number = 0; number < count; number++) {
      this.remove(from);
    }
  }

  tidy(): void {
    this.arena.tidy((from, to) => {
      const content = this.contents.get(from);
      expect(content).toBeDefined();
      this.contents.delete(from);
      this.contents.set(to, content ?? []);
    });
  }

  /** What the arena has in the blocks. */
  read(): Map<number, readonly number[]> {
    const words = (block: number) => Array.from({ length: this.arena.lengthOf(block) - 1 }, (_, index) => index + 1);
    return new Map(
      Array.from(this.contents.keys(), (block) => [block, words(block).map((word) => this.arena.get(block, word))]),
    );
  }

  get usedWords(): number {
    return this.contents.values().reduce((sum, content) => sum + 1 + content.length, 0);
  }
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
// From nothing to twice a chunk.
const content = fc.array(int32, { maxLength: 2 * chunkWords, size: "max" });
const small = fc.array(int32, { maxLength: 8 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), content: fc.oneof({ weight: 8, arbitrary: small }, content) }),
  fc.record({ kind: fc.constant("remove" as const), number: fc.nat() }),
);

test("blocks keep what was written to them, and at most twice the memory in use is held, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(step, { size: "max", maxLength: 300 }), (steps) => {
      const blocks = new Blocks();
      for (const each of steps) {
        if (each.kind === "add") {
          blocks.add(each.content);
        } else {
          blocks.remove(each.number);
        }
        blocks.tidy();
        // The chunk that is being filled, and the one that is kept for reuse, come on top; a big block has its chunk's header.
        expect(blocks.arena.heldWords).toBeLessThanOrEqual(2 * blocks.usedWords + 2 * chunkWords);
      }
      expect(blocks.read()).toEqual(blocks.contents);
    }),
  );
});

test("a steady coming and going of all sizes in turn takes up neither more memory nor more references with time", () => {
  const blocks = new Blocks();
  const references: number[] = [];
  for (let round = 0; round < 10_000; round++) {
    blocks.add(Array.from({ length: round % 40 }, () => round));
    if (blocks.contents.size > 100) {
      blocks.remove(round * 7919);
    }
    blocks.tidy();
    references.push(...blocks.contents.keys());
  }
  // The lower bits are the place in a chunk, the others its number.
  expect(new Set(references.map((block) => block >>> chunkBits)).size).toBeLessThan(200);
  expect(blocks.arena.heldWords).toBeLessThanOrEqual(2 * blocks.usedWords + 2 * chunkWords);
  expect(blocks.read()).toEqual(blocks.contents);
});

test("an arena that was cleared holds nothing, and is as good as a new one", () => {
  const blocks = new Blocks();
  for (let number = 0; number < 100; number++) {
    blocks.add([number]);
  }
  // A chunk has 31 of them: the second one is emptied and its number free, the first is still to be emptied.
  blocks.removeSome(31, 31);
  blocks.tidy();
  blocks.removeSome(0, 31);
  expect(blocks.arena.heldWords).toBeGreaterThan(0);
  blocks.arena.clear();
  blocks.contents.clear();
  expect(blocks.arena.heldWords).toBe(0);
  const another = new Blocks();
  for (const each of [blocks, another]) {
    each.add([1, 2, 3]);
    each.tidy();
    expect(each.read()).toEqual(each.contents);
  }
  expect(blocks.contents).toEqual(another.contents);
});
