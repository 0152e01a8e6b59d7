import { describe, expect, test } from "vitest";
import type { FeaturePatch } from "../../src/domain/feature.ts";
import { call, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const patch: FeaturePatch = { description: undefined, defaultEnabled: undefined, archived: undefined };

/** What every store has to answer about who has a feature. */
export function audienceContract(engine: string, under: StoreUnderTest): void {
  // Of feature x: a on, b off, c and d without; of e nothing is left.
  async function withOrganisations() {
    const store = await new StoresUnderTest(under).open();
    const x = [update("a", "x", on), update("b", "x", off), update("e", "x", on)];
    await store.updateOverrides([...x, update("c", "y", on), update("d", "y", off)], call);
    await store.deleteOverrides("e", call);
    return store;
  }

  describe(`${engine}: who has a feature`, () => {
    test("is listed by state, page by page, without organisations that have no overrides", async () => {
      const store = await withOrganisations();
      const list = async (enabled: boolean | undefined, after = "", limit = 10) =>
        (await store.listFeatureOrgs({ featureKey: "x", enabled, after, limit })).map(({ orgId }) => orgId).join();
      expect(await list(undefined)).toBe("a,b,c,d");
      expect([await list(undefined, "", 2), await list(undefined, "b", 2)]).toEqual(["a,b", "c,d"]);
      expect([await list(true), await list(false)]).toEqual(["a", "b,c,d"]);
      expect([await list(false, "", 1), await list(false, "b", 1), await list(false, "d")]).toEqual(["b", "c", ""]);
      await store.updateFeature("x", { ...patch, defaultEnabled: true }, call);
      expect([await list(true), await list(false)]).toEqual(["a,c,d", "b"]);
      await store.updateOverrides([update("c", "x", off), update("d", "x", off)], call);
      expect([await list(true), await list(false)]).toEqual(["a", "b,c,d"]);
    });

    test("is counted by setting", async () => {
      const store = await withOrganisations();
      expect(await store.readOverrideCounts()).toEqual(
        new Map([
          ["x", { enabled: 1, disabled: 1 }],
          ["y", { enabled: 1, disabled: 1 }],
        ]),
      );
    });

    test.for<readonly [string, Partial<FeaturePatch>, number, string, number]>([
      ["a new default flips those without override", { defaultEnabled: true }, 2, "c,d", 2],
      ["the same default flips nobody", { defaultEnabled: false, description: "new" }, 0, "", 0],
      ["archiving flips those that have it", { archived: true }, 1, "a", 0],
    ])("would change: %s", async ([, part, flippedOrgs, first, keptOverrides]) => {
      const store = await withOrganisations();
      const impact = await store.readUpdateImpact("x", { ...patch, ...part });
      expect(impact).toEqual({ flippedOrgs, firstFlippedOrgIds: first.split(",").filter(Boolean), keptOverrides });
      expect(await store.readUpdateImpact("nope", patch)).toBeUndefined();
    });

    test("names ten of those that would change", async () => {
      const store = await withOrganisations();
      const more = Array.from({ length: 20 }, (_, i) => update(`org${String(i).padStart(2, "0")}`, "y", on));
      await store.updateOverrides(more, call);
      const impact = await store.readUpdateImpact("x", { ...patch, defaultEnabled: true });
      expect(impact).toMatchObject({ flippedOrgs: 22, keptOverrides: 2 });
      expect(impact?.firstFlippedOrgIds.join()).toBe("c,d,org00,org01,org02,org03,org04,org05,org06,org07");
    });
  });
}
