import fc from "fast-check";
import { expect, test } from "vitest";
import { PackedId, wordsOfId } from "../../../src/flags/memory/packed-id.ts";

const characters = [..."abyzABYZ0189._:@-"];
const orgId = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 128 });

function written(id: string): Int32Array {
  const packed = new PackedId();
  expect(packed.pack(id)).toBe(true);
  const words = new Int32Array(wordsOfId(id.length));
  packed.writeTo(words, 0);
  return words;
}

test("an id is what was written of it, and no other of its length is", () => {
  fc.assert(
    fc.property(orgId, fc.nat(), fc.constantFrom(...characters), (id, place, character) => {
      const at = place % id.length;
      const other = id.slice(0, at) + character + id.slice(at + 1);
      const packed = new PackedId();
      // What is left of a longer one must not matter.
      packed.pack("x".repeat(128));
      packed.pack(other);
      expect(packed.length).toBe(id.length);
      expect(packed.isAt(written(id), 0)).toBe(other === id);
    }),
  );
});

test.for([
  { id: "a".repeat(129), what: "more than 128 characters" },
  { id: "acmé", what: "a character beyond ASCII" },
  { id: "acm\u0165", what: "a character whose lower byte is a letter's" },
  { id: "a\u{1f600}", what: "a surrogate pair" },
])("$what are no id", ({ id }) => {
  expect(new PackedId().pack(id)).toBe(false);
});

test("ids that were made to collide do so in no other process", () => {
  const target = new PackedId();
  const colliding = collidingIds(target, 200);
  const other = new PackedId();
  const hashes = colliding.map((id) => {
    other.pack(id);
    return other.hash;
  });
  const buckets = new Set(hashes.map((hash) => hash & 1023));
  // By chance 200 fall into some 181 of 1,024 buckets, and never into as few as 120.
  expect(buckets.size).toBeGreaterThan(120);
});

test("ids of one pattern spread over buckets as chance would have it", () => {
  const packed = new PackedId();
  const buckets = new Map<number, number>();
  for (let number = 0; number < 2 ** 16; number++) {
    packed.pack(`org_${String(number).padStart(8, "0")}`);
    const bucket = packed.hash & 0xffff;
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  // By chance the fullest has 8 or 9.
  expect(Math.max(...buckets.values())).toBeLessThan(40);
});

/** Ids that share a bucket of 1,024 with each other, by the secrets of that one. */
function collidingIds(target: PackedId, count: number): string[] {
  const found: string[] = [];
  for (let number = 0; found.length < count; number++) {
    const id = `org_${number}`;
    target.pack(id);
    if ((target.hash & 1023) === 0) {
      found.push(id);
    }
  }
  return found;
}
