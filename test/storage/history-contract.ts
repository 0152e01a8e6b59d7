import { describe, expect, test } from "vitest";
import type { ChangeQuery } from "../../src/domain/change.ts";
import type { Store } from "../../src/storage/store.ts";
import { allChanges, call, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const everything: ChangeQuery = {
  orgId: undefined,
  featureKey: undefined,
  actor: undefined,
  startTime: undefined,
  endTime: undefined,
  minRevision: undefined,
  maxRevision: undefined,
  oldestFirst: true,
  limit: 100,
};

/** What every store has to answer of its log, and to do to keep it short. */
export function historyContract(engine: string, under: StoreUnderTest): void {
  async function opened() {
    const stores = new StoresUnderTest(under);
    return { stores, store: await stores.open(), start: stores.now };
  }

  const keep = (maxChanges: number | undefined, maxAgeMs?: number) => ({ maxChanges, maxAgeMs });

  describe(`${engine}: the list of changes`, () => {
    // 1 to 4 are the first features; then a moment for each.
    async function withHistory() {
      const { stores, store, start } = await opened();
      const bob = { actor: "bob", reason: "" };
      const writes = [
        () => store.createOverride("acme", "sms_reminders", on, call),
        () => store.createOverride("globex", "sms_reminders", on, bob),
        () => store.createFeature({ featureKey: "new", description: "", defaultEnabled: false }, bob),
        () => store.createOverride("acme", "new", off, bob),
        () => store.deleteOverrides("globex", call),
      ];
      for (const write of writes) {
        stores.now += 10;
        await write();
      }
      return { store, start };
    }

    async function list(store: Store, part: Partial<ChangeQuery>): Promise<readonly number[]> {
      return (await store.listChanges({ ...everything, ...part })).map(({ revision }) => revision);
    }

    test.for<readonly [string, Partial<ChangeQuery>, readonly number[]]>([
      ["all", {}, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
      ["the newest first", { oldestFirst: false, limit: 3 }, [9, 8, 7]],
      ["revisions", { minRevision: 4, maxRevision: 6 }, [4, 5, 6]],
      ["an organisation and the features", { orgId: "acme" }, [1, 2, 3, 4, 5, 7, 8]],
      ["an organisation, the newest first", { orgId: "acme", oldestFirst: false, limit: 4 }, [8, 7, 5, 4]],
      ["a feature and its overrides", { featureKey: "sms_reminders" }, [3, 5, 6, 9]],
      ["a feature of an organisation", { featureKey: "sms_reminders", orgId: "acme" }, [3, 5]],
      ["an actor", { actor: "bob" }, [6, 7, 8]],
      ["an actor and an organisation", { actor: "bob", orgId: "acme", oldestFirst: false }, [8, 7]],
      ["an actor and a feature", { actor: "bob", featureKey: "new" }, [7, 8]],
      ["all filters", { actor: "bob", featureKey: "new", orgId: "acme", minRevision: 8 }, [8]],
      ["nobody", { actor: "nobody" }, []],
      ["no revisions at all", { minRevision: 7, maxRevision: 6 }, []],
    ])("filters by %s", async ([, part, revisions]) => {
      const { store } = await withHistory();
      expect(await list(store, part)).toEqual(revisions);
    });

    test("filters by times: the first inclusive, the last exclusive", async () => {
      const { store, start } = await withHistory();
      expect(await list(store, { startTime: start + 20, endTime: start + 40 })).toEqual([6, 7]);
      expect(await list(store, { startTime: start + 21 })).toEqual([7, 8, 9]);
      expect(await list(store, { endTime: start })).toEqual([]);
      expect(await list(store, { startTime: start + 51 })).toEqual([]);
      expect(await list(store, { endTime: start + 41, minRevision: 8, maxRevision: 99 })).toEqual([8]);
    });

    test("tells of the revision at a time", async () => {
      const { store, start } = await withHistory();
      const at = [start - 1, start, start + 9, start + 10, start + 35, start + 50, start + 1e6];
      expect(await Promise.all(at.map((time) => store.readRevisionAt(time)))).toEqual([0, 4, 4, 5, 7, 9, 9]);
    });

    test("goes on from a revision, filtered, up to a limit", async () => {
      const { store } = await withHistory();
      const read = async (since: number, orgId: string | undefined, featureKey: string | undefined, limit = 100) =>
        (await store.readFilteredChanges(since, { orgId, featureKey }, limit)).map(({ revision }) => revision);
      expect(await read(0, undefined, undefined, 2)).toEqual([1, 2]);
      expect(await read(4, "globex", undefined)).toEqual([6, 7, 9]);
      expect(await read(4, undefined, "new", 1)).toEqual([7]);
      expect(await read(9, "acme", "new")).toEqual([]);
    });
  });

  describe(`${engine}: pruning`, () => {
    test("by number keeps the newest, remembers where the log begins, and keeps last changes", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", "sms_reminders", on, call);
      stores.now += 10;
      await store.createOverride("globex", "sms_reminders", on, call);
      const [catalogue, acme] = [await store.readCatalogue(), await store.readOrganisation("acme", 0, 0)];
      expect(await store.readHistoryBounds()).toEqual({ prunedRevision: 0, prunedTime: undefined, lastRevision: 6 });
      expect(await store.pruneHistory(keep(1))).toBe(false);
      expect(await store.readHistoryBounds()).toEqual({ prunedRevision: 5, prunedTime: start, lastRevision: 6 });
      expect((await store.readChanges(0, 100)).map(({ revision }) => revision)).toEqual([6]);
      expect(await store.readChange(5)).toBeUndefined();
      expect(await store.readCatalogue()).toEqual(catalogue);
      expect(await store.readOrganisation("acme", 0, 0)).toEqual(acme);
      expect(acme.lastChange).toBe(5);
      expect(await store.readRevisionAt(start)).toBe(0);
      expect(await store.readRevisionAt(start + 10)).toBe(6);
    });

    test("by age removes what is older, to the millisecond, but never the last change", async () => {
      const { stores, store } = await opened();
      stores.now += 100;
      await store.createOverride("acme", "sms_reminders", on, call);
      stores.now += 50;
      await store.createOverride("globex", "sms_reminders", on, call);
      await store.pruneHistory(keep(undefined, 150));
      expect((await store.readHistoryBounds()).prunedRevision).toBe(0);
      await store.pruneHistory(keep(undefined, 149));
      expect((await store.readHistoryBounds()).prunedRevision).toBe(4);
      stores.now += 1_000_000;
      await store.pruneHistory(keep(undefined, 0));
      expect((await store.readHistoryBounds()).prunedRevision).toBe(5);
    });

    test("is done in parts, and says whether there is more", async () => {
      const { store } = await opened();
      for (let batch = 0; batch < 2; batch++) {
        const updates = Array.from({ length: 998 }, (_, i) => update(`org${batch}-${i}`, "sms_reminders", on));
        await store.updateOverrides(updates, call);
      }
      expect(await store.pruneHistory(keep(100_000))).toBe(false);
      expect([await store.pruneHistory(keep(1)), await store.pruneHistory(keep(1))]).toEqual([true, false]);
      expect(await store.readHistoryBounds()).toMatchObject({ prunedRevision: 1999, lastRevision: 2000 });
    });

    test("takes nothing from what is stored, and times go on from the last change", async () => {
      const { stores, store } = await opened();
      await store.updateOverrides([update("acme", "sms_reminders", on), update("globex", "new", off)], call);
      const before = await store.readSnapshot({ orgId: undefined, featureKey: undefined }, 100);
      await store.pruneHistory(keep(0));
      expect(await store.readSnapshot({ orgId: undefined, featureKey: undefined }, 100)).toEqual(before);
      const late = stores.now;
      stores.now -= 1000;
      expect(await store.createOverride("acme", "new", on, call)).toMatchObject({ time: late });
    });
  });

  describe(`${engine}: where a flag comes from`, () => {
    test("names the changes of the setting and of the default, not those of plans and descriptions", async () => {
      const { stores, store } = await opened();
      const key = "sms_reminders";
      const patch = { description: undefined, defaultEnabled: undefined, archived: undefined };
      await store.updateFeature(key, { ...patch, defaultEnabled: true }, call);
      await store.updateFeature(key, { ...patch, description: "new" }, call);
      await store.createOverride("acme", key, off, call);
      await store.updateOverrides([update("acme", key, { ...off, expiresAt: stores.now + 10 })], call);
      await store.updateOverrides([update("acme", key, { ...on, startsAt: stores.now + 20 })], call);
      await store.createOverride("acme", "new", on, call);
      expect(await store.readOrigin("acme", key)).toMatchObject({
        feature: { description: "new", defaultEnabled: true },
        override: { setting: { enabled: false }, scheduled: { enabled: true } },
        overrideChange: { revision: 7 },
        featureChange: { revision: 5 },
      });
      stores.now += 10;
      await store.applyDue();
      expect((await store.readOrigin("acme", key)).overrideChange).toMatchObject({ actor: "system:expiry" });
      await store.pruneHistory(keep(1));
      expect(await store.readOrigin("acme", "new")).toMatchObject({
        override: { setting: { enabled: true } },
        overrideChange: undefined,
        featureChange: undefined,
      });
      expect(await store.readOrigin("acme", "nope")).toMatchObject({ feature: undefined, override: undefined });
    });
  });

  test(`${engine}: a snapshot holds what a filter lets pass, and one more than the limit`, async () => {
    const { store } = await opened();
    await store.updateOverrides(
      ["a", "b", "c"].flatMap((org) => [update(org, "x", on), update(org, "y", off)]),
      call,
    );
    const read = async (orgId: string | undefined, featureKey: string | undefined, limit: number) => {
      const { features, overrides, revision } = await store.readSnapshot({ orgId, featureKey }, limit);
      return [revision, features.length, overrides.map((o) => `${o.orgId}/${o.featureKey}`).join()];
    };
    expect(await read(undefined, undefined, 2)).toEqual([12, 6, "a/x,a/y,b/x"]);
    expect(await read("b", undefined, 2)).toEqual([12, 6, "b/x,b/y"]);
    expect(await read(undefined, "y", 9)).toEqual([12, 1, "a/y,b/y,c/y"]);
    expect(await read("c", "x", 9)).toEqual([12, 1, "c/x"]);
    expect((await store.readChanges(0, allChanges)).length).toBe(12);
  });
}
