import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, none } from "../../../src/flags/memory/arena.ts";
import { IdIndex } from "../../../src/flags/memory/id-index.ts";
import { createBlock, place } from "../../../src/flags/memory/organisation-block.ts";
import { PackedId } from "../../../src/flags/memory/packed-id.ts";

/** As if every id had the same hash, or one of two. */
class CollidingId extends PackedId {
  override get hash(): number {
    return 5 * (super.hash & 1);
  }
}

// Alike as ids can be: one the beginning of another, of equal lengths, or of as many words.
const ids = ["acme", "acm", "acmf", "acmecorp", "acmecor", "acmf-corp", "a", "b", "emca", "acmecorpacme", "AcmeCorp"];
const step = fc.record({
  what: fc.constantFrom("add" as const, "replace" as const, "remove" as const),
  id: fc.constantFrom(...ids),
});

test.for([
  { name: "chance would have it", packed: new PackedId() },
  { name: "all collide", packed: new CollidingId() },
])("finds the block of an id and no other, where hashes are as $name", ({ packed }) => {
  fc.assert(
    fc.property(fc.array(step, { size: "max", maxLength: 60 }), (steps) => {
      const arena = new Arena();
      const index = new IdIndex(arena);
      const model = new Map<string, number>();
      steps.forEach(({ what, id }, number) => {
        packed.pack(id);
        const old = index.find(packed);
        const content = { place: number, used: false, revision: 0, refreshedAt: 0, overrides: [] };
        if (what === "remove" && old !== none) {
          index.remove(old);
          model.delete(id);
        } else if (what === "replace" && old !== none) {
          index.replace(old, createBlock(arena, packed, content));
          model.set(id, number);
        } else if (what === "add" && old === none) {
          index.add(createBlock(arena, packed, content));
          model.set(id, number);
        }
        for (const each of ids) {
          packed.pack(each);
          const block = index.find(packed);
          expect(block === none ? undefined : arena.get(block, place)).toBe(model.get(each));
        }
      });
    }),
  );
});
