import fc from "fast-check";
import { expect, test } from "vitest";
import { flagDifferences } from "../../src/domain/flag-difference.ts";

test("what is told is what turns the one side into the other, and no more", () => {
  const key = fc.constantFrom("a", "a.b", "a_b", "b", "constructor");
  const flags = fc.dictionary(key, fc.boolean(), { noNullPrototype: true });
  fc.assert(
    fc.property(flags, flags, (one, other) => {
      const differences = flagDifferences(one, other);
      const turned = new Map(Object.entries(one));
      for (const { featureKey, enabled, otherEnabled } of differences) {
        expect(enabled).toBe(turned.get(featureKey));
        expect(otherEnabled).not.toBe(enabled);
        turned.delete(featureKey);
        if (otherEnabled !== undefined) {
          turned.set(featureKey, otherEnabled);
        }
      }
      expect(Object.fromEntries(turned)).toEqual({ ...other });
      const keys = differences.map(({ featureKey }) => featureKey);
      expect(keys).toEqual([...keys].sort());
    }),
  );
});
