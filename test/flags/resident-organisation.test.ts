import fc from "fast-check";
import { expect, test } from "vitest";
import { ResidentOrganisation } from "../../src/flags/resident-organisation.ts";

function contents(organisation: ResidentOrganisation): Map<number, boolean> {
  const found = new Map<number, boolean>();
  organisation.forEach((index, enabled) => void found.set(index, enabled));
  return found;
}

test("holds what a Map would hold, whatever is set and removed", () => {
  const index = fc.oneof(fc.nat(5), fc.constantFrom(0x3fff, 0x7fff, 0x8000, 0xd800, 0xffff, 0x10000, 2 ** 29));
  const step = fc.tuple(index, fc.option(fc.boolean(), { nil: undefined }));
  const start = fc.uniqueArray(fc.tuple(index, fc.boolean()), { selector: ([each]) => each });
  fc.assert(
    fc.property(start, fc.array(step), (overrides, steps) => {
      const organisation = new ResidentOrganisation("acme", overrides, { time: 0, revision: 0 });
      const map = new Map(overrides);
      for (const [at, enabled] of steps) {
        organisation.set(at, enabled, 1);
        if (enabled === undefined) {
          map.delete(at);
        } else {
          map.set(at, enabled);
        }
        expect(organisation.get(at)).toBe(enabled);
      }
      expect(contents(organisation)).toEqual(map);
    }),
  );
});
