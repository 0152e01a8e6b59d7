import { describe, expect, test } from "vitest";
import type { Scope } from "../../src/domain/access.ts";
import type { Call } from "../../src/domain/call.ts";
import type { ChangeQuery } from "../../src/domain/change.ts";
import type { FeaturePatch } from "../../src/domain/feature.ts";
import type { OverrideQuery } from "../../src/domain/override.ts";
import type { Store } from "../../src/storage/store.ts";
import { call, changesBy, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const bob: Call = { actor: "bob", reason: "" };
const patch: FeaturePatch = { description: undefined, defaultEnabled: undefined, archived: undefined };

/** A scope, written as `a,b / x,y`; `*` stands for all. */
function scopeOf(text: string): Scope {
  const [orgIds = "", featureKeys = ""] = text.split(" / ");
  const namesIn = (list: string) => (list === "*" ? undefined : new Set(list.split(",").filter(Boolean)));
  return { orgIds: namesIn(orgIds), featureKeys: namesIn(featureKeys) };
}

/** What every store has to leave out for who may not see all, and to refuse who may not change all. */
export function scopeContract(engine: string, under: StoreUnderTest): void {
  // Revisions 1 to 4 are the first features. 5, 7, 10 add x, y, z; 6, 8, 9, 11, 12 are a/x, a/y, b/x, b/z, c/x.
  async function withHistory() {
    const store = await new StoresUnderTest(under).open();
    await store.updateOverrides([update("a", "x", on), update("a", "y", off)], call);
    await store.updateOverrides([update("b", "x", off), update("b", "z", on)], bob);
    await store.updateOverrides([update("c", "x", on)], bob);
    return store;
  }

  function within(scope: string): Call {
    return { actor: "eve", reason: "", scope: scopeOf(scope) };
  }

  describe(`${engine}: overrides within a scope`, () => {
    const all: OverrideQuery = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 10 };

    async function list(store: Store, scope: string, part: Partial<OverrideQuery> = {}): Promise<string> {
      const { overrides, total } = await store.listOverrides({ ...all, ...part, scope: scopeOf(scope) });
      return `${overrides.map(({ orgId, featureKey }) => orgId + featureKey).join()} of ${total}`;
    }

    test.for<readonly [string, Partial<OverrideQuery>, string]>([
      ["* / *", {}, "ax,ay,bx,bz,cx of 5"],
      ["a / *", {}, "ax,ay of 2"],
      ["c,a,nobody / *", {}, "ax,ay,cx of 3"],
      ["a,b / *", { enabled: true }, "ax,bz of 2"],
      ["a,b / *", { featureKey: "x" }, "ax,bx of 2"],
      ["a,b / *", { featureKey: "x", enabled: false }, "bx of 1"],
      ["a,b / *", { orgId: "b" }, "bx,bz of 2"],
      ["a,b / *", { orgId: "c" }, " of 0"],
      ["* / x", {}, "ax,bx,cx of 3"],
      ["* / z,x", {}, "ax,bx,bz,cx of 4"],
      ["* / z,x", { enabled: true }, "ax,bz,cx of 3"],
      ["* / z,x", { orgId: "b", enabled: true }, "bz of 1"],
      ["* / z,x", { featureKey: "y" }, " of 0"],
      ["a,b / y,z", {}, "ay,bz of 2"],
      ["a,b / y,z", { orgId: "b" }, "bz of 1"],
      ["a,b / y,z", { featureKey: "y" }, "ay of 1"],
      [" / *", {}, " of 0"],
      ["* / ", {}, " of 0"],
    ])("of %s, filtered by %o, are %s", async ([scope, part, expected]) => {
      expect(await list(await withHistory(), scope, part)).toBe(expected);
    });

    test("come by pages with the same total, past the end too", async () => {
      const store = await withHistory();
      const pages = [0, 2, 4].map((offset) => list(store, "a,c / *", { offset, limit: 2 }));
      expect(await Promise.all(pages)).toEqual(["ax,ay of 3", "cx of 3", " of 3"]);
      const byFeature = [0, 1, 4].map((offset) => list(store, "* / x,z", { offset, limit: 2 }));
      expect(await Promise.all(byFeature)).toEqual(["ax,bx of 4", "bx,bz of 4", " of 4"]);
    });

    test("are found for more features than a statement has parts", async () => {
      const store = await withHistory();
      const many = ["x", "z", ...Array.from({ length: 1000 }, (_, i) => `f${i}`)].join();
      expect(await list(store, `* / ${many}`)).toBe("ax,bx,bz,cx of 4");
    });

    test("make snapshots and counts, and features make snapshots of their own", async () => {
      const store = await withHistory();
      const snapshot = async (scope: string) => {
        const filter = { orgId: undefined, featureKey: undefined, scope: scopeOf(scope) };
        const { features, overrides } = await store.readSnapshot(filter, 10);
        const keys = features.map(({ featureKey }) => featureKey).filter((key) => key.length === 1);
        return `${keys}: ${overrides.map(({ orgId, featureKey }) => orgId + featureKey)}`;
      };
      expect(await snapshot("a / *")).toBe("x,y,z: ax,ay");
      expect(await snapshot("* / z,y")).toBe("y,z: ay,bz");
      expect(await snapshot("a / x")).toBe("x: ax");
      expect(Object.fromEntries(await store.readOverrideCounts(scopeOf("a,c / *")))).toEqual({
        x: { enabled: 2, disabled: 0 },
        y: { enabled: 0, disabled: 1 },
      });
      expect([...(await store.readOverrideCounts(scopeOf("* / y"))).keys()]).toEqual(["y"]);
      expect([...(await store.readOverrideCounts(scopeOf("c / x,y"))).keys()]).toEqual(["x"]);
    });
  });

  describe(`${engine}: who has a feature, within a scope`, () => {
    test("is listed by state and page by page", async () => {
      const store = await withHistory();
      const list = async (scope: string, featureKey: string, enabled?: boolean, after = "", limit = 10) => {
        const query = { featureKey, enabled, scope: scopeOf(scope), after, limit };
        return (await store.listFeatureOrgs(query)).map(({ orgId }) => orgId).join();
      };
      expect([await list("a,b,nobody / *", "x"), await list("a,b / *", "z", false)]).toEqual(["a,b", "a"]);
      expect([await list("a,b / *", "x", true), await list("a,b / *", "x", false)]).toEqual(["a", "b"]);
      expect([await list("b,c,a / *", "x", undefined, "", 2), await list("a,c / *", "x", undefined, "b")]).toEqual([
        "a,b",
        "c",
      ]);
      expect(await list("nobody / *", "x")).toBe("");
    });

    test.for<readonly [string, string, Partial<FeaturePatch>, number, string, number]>([
      ["a,b / *", "z", { defaultEnabled: true }, 1, "a", 1],
      ["a,b / *", "x", { archived: true }, 1, "a", 0],
      ["c / *", "y", { defaultEnabled: true }, 1, "c", 0],
      ["nobody / *", "x", { defaultEnabled: true }, 0, "", 0],
      ["* / *", "z", { defaultEnabled: true }, 2, "a,c", 1],
    ])("of %s would change by %s: %o", async ([scope, featureKey, part, flippedOrgs, first, keptOverrides]) => {
      const store = await withHistory();
      expect(await store.readUpdateImpact(featureKey, { ...patch, ...part }, scopeOf(scope))).toEqual({
        flippedOrgs,
        firstFlippedOrgIds: first.split(",").filter(Boolean),
        keptOverrides,
      });
    });
  });

  describe(`${engine}: changes within a scope`, () => {
    const everything: Omit<ChangeQuery, "limit"> = {
      orgId: undefined,
      featureKey: undefined,
      actor: undefined,
      startTime: undefined,
      endTime: undefined,
      minRevision: 5,
      maxRevision: undefined,
      oldestFirst: true,
    };

    test.for<readonly [string, Partial<ChangeQuery>, readonly number[]]>([
      ["* / *", {}, [5, 6, 7, 8, 9, 10, 11, 12]],
      ["a / *", {}, [5, 6, 7, 8, 10]],
      ["c,b / *", {}, [5, 7, 9, 10, 11, 12]],
      ["c,b / *", { orgId: "c" }, [5, 7, 10, 12]],
      ["c,b / *", { orgId: "a" }, [5, 7, 10]],
      ["c,b / *", { featureKey: "x" }, [5, 9, 12]],
      ["* / x", {}, [5, 6, 9, 12]],
      ["* / z,x", {}, [5, 6, 9, 10, 11, 12]],
      ["* / z,x", { orgId: "b" }, [5, 9, 10, 11]],
      ["* / z,x", { featureKey: "y" }, []],
      ["* / z,x", { actor: "bob" }, [9, 10, 11, 12]],
      ["a,b / y,z", {}, [7, 8, 10, 11]],
      [" / *", {}, [5, 7, 10]],
      ["* / ", {}, []],
    ])("of %s, filtered by %o, are %o", async ([scope, part, revisions]) => {
      const store = await withHistory();
      const list = async (rest: Partial<ChangeQuery>) => {
        const query = { ...everything, limit: 100, ...part, ...rest, scope: scopeOf(scope) };
        return (await store.listChanges(query)).map(({ revision }) => revision);
      };
      expect(await list({})).toEqual(revisions);
      expect(await list({ oldestFirst: false })).toEqual(revisions.toReversed());
      for (const limit of [1, 2, 3]) {
        expect(await list({ limit })).toEqual(revisions.slice(0, limit));
        expect(await list({ limit, oldestFirst: false })).toEqual(revisions.toReversed().slice(0, limit));
      }
      expect(await list({ minRevision: 7, maxRevision: 10 })).toEqual(revisions.filter((r) => r >= 7 && r <= 10));
    });

    test("of features are found by their actor only by who sees all organisations", async () => {
      const store = await withHistory();
      const list = async (scope: string) => {
        const query = { ...everything, actor: "bob", limit: 100, scope: scopeOf(scope) };
        return (await store.listChanges(query)).map(({ revision }) => revision);
      };
      expect([await list("* / z"), await list("b / *"), await list("b / z")]).toEqual([[10, 11], [9, 11], [11]]);
    });

    test("go on from a revision", async () => {
      const store = await withHistory();
      const filter = { orgId: undefined, featureKey: undefined, scope: scopeOf("a,c / x") };
      const read = async (since: number, limit: number) =>
        (await store.readFilteredChanges(since, filter, limit)).map(({ revision }) => revision);
      expect([await read(0, 2), await read(6, 2), await read(12, 2)]).toEqual([[5, 6], [12], []]);
    });
  });

  describe(`${engine}: writes within a scope`, () => {
    test("a revert of what is out of scope is refused as one of nothing, whatever its conditions", async () => {
      const store = await withHistory();
      const conditions = { ifRevision: 1, ifMatch: undefined };
      for (const scope of ["b / *", "* / y"]) {
        for (const eve of [within(scope), { ...within(scope), conditions }]) {
          const texts = await Promise.all(
            [6, 99].map((revision) =>
              store.revertChange(revision, true, eve).then(String, ({ code, message }) => `${code} ${message}`),
            ),
          );
          expect(texts).toEqual([6, 99].map((r) => `NOT_FOUND revision: there is no change ${r}`));
        }
      }
      expect(await store.revertChange(9, false, within("b / x"))).toMatchObject({ orgId: "b", after: undefined });
    });

    test("what changes the catalogue is refused who is limited to organisations, and leaves no trace", async () => {
      const store = await withHistory();
      const eve = within("a / *");
      const refused = { code: "PERMISSION_DENIED" };
      const changes = await changesBy(store, async () => {
        const feature = { featureKey: "new", description: "", defaultEnabled: true };
        await expect(store.createFeature(feature, eve)).rejects.toMatchObject(refused);
        await expect(store.updateFeature("x", { ...patch, archived: true }, eve)).rejects.toMatchObject(refused);
        await expect(store.deleteFeature("x", true, eve)).rejects.toMatchObject(refused);
        await expect(store.revertChange(5, true, eve)).rejects.toMatchObject({
          ...refused,
          message:
            "revision: 5 is a change of a feature, and to undo it reaches all organisations, " +
            "and you are limited to some; ask an admin who is not",
        });
        await expect(store.createOverride("a", "new", on, eve)).rejects.toMatchObject({
          ...refused,
          message:
            'feature_key: no feature "new" is in the catalogue, and to add it reaches all organisations, ' +
            "and you are limited to some; ask an admin who is not",
        });
        const updates = [update("a", "x", off), { ...update("a", "new", on), at: "updates[1]." }];
        await expect(store.updateOverrides(updates, eve)).rejects.toMatchObject({
          ...refused,
          message: expect.stringMatching(/^updates\[1\]\.feature_key: /),
        });
      });
      expect(changes).toEqual([]);
    });

    test("who is limited to features may change those, also where they are new", async () => {
      const store = await withHistory();
      const eve = within("* / x,new");
      expect(await store.createOverride("d", "new", on, eve)).toMatchObject({ changed: true });
      expect(await store.updateFeature("x", { ...patch, defaultEnabled: true }, eve)).toMatchObject({
        featureKey: "x",
      });
      expect(await store.revertChange(5, true, eve)).toMatchObject({ kind: "feature", after: undefined });
    });

    test("the removal of an organisation's overrides leaves those of other features, and does not count them", async () => {
      const store = await withHistory();
      expect(await store.deleteOverrides("a", within("* / x,z"))).toMatchObject({ count: 1 });
      expect(await store.deleteOverrides("a", within("a / z"))).toMatchObject({ count: 0 });
      expect([...(await store.readOrganisation("a", 0, 0)).overrides.keys()]).toEqual(["y"]);
    });
  });
}
