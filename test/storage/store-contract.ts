import { describe, expect, onTestFinished, test } from "vitest";
import type { Awaitable } from "../../src/domain/awaitable.ts";
import type { Change } from "../../src/domain/change.ts";
import type { CatalogueMode } from "../../src/domain/feature.ts";
import type { OverrideQuery } from "../../src/domain/override.ts";
import type { Store } from "../../src/storage/store.ts";
import { replay } from "./replay.ts";
import { allChanges, call, changesBy, off, on, type StoreUnderTest, update } from "./store-under-test.ts";

const documented = ["driver_declarations", "encrypted_storage", "sms_reminders", "multi_template"];
const isOn = { setting: { enabled: true }, scheduled: undefined };
const isOff = { setting: { enabled: false }, scheduled: undefined };
const everything: OverrideQuery = {
  orgId: undefined,
  featureKey: undefined,
  enabled: undefined,
  offset: 0,
  limit: 100,
};

/** What every store has to do, whatever its engine. */
export function storeContract(engine: string, under: StoreUnderTest): void {
  let now = 1_700_000_000_000;
  const clock = () => now;

  async function open(place = under.place(), catalogue: CatalogueMode = "open"): Promise<Store> {
    const store = await under.open(place, { catalogue, clock });
    onTestFinished(() => store.close());
    return store;
  }

  async function overridesOf(store: Store, orgId: string): Promise<Record<string, boolean>> {
    return Object.fromEntries((await store.readOrganisation(orgId, 0, allChanges)).overrides);
  }

  function set(orgId: string, featureKey: string, enabled: boolean | undefined) {
    return update(orgId, featureKey, enabled === undefined ? undefined : { ...on, enabled });
  }

  describe(`${engine}: a new store`, () => {
    test("holds the features of the document, off, in the order of the document", async () => {
      const { features, revision } = await (await open()).readCatalogue();
      expect(features.map(({ featureKey }) => featureKey)).toEqual(documented);
      expect(features.every(({ defaultEnabled, archived }) => !defaultEnabled && !archived)).toBe(true);
      expect(revision).toBe(documented.length);
    });

    test("has its features in the log", async () => {
      const store = await open();
      const { features } = replay(await store.readChanges(0, allChanges));
      expect([...features.keys()]).toEqual(documented);
    });
  });

  describe(`${engine}: createOverride`, () => {
    test("creates, and refuses a second one without touching the first", async () => {
      const store = await open();
      expect(await store.createOverride("acme", "sms_reminders", on, call)).toEqual({
        changed: true,
        enabled: true,
        time: now,
      });
      const changes = await changesBy(store, async () => {
        await expect(store.createOverride("acme", "sms_reminders", off, call)).rejects.toMatchObject({
          code: "ALREADY_EXISTS",
          message: 'the organisation "acme" has an override of "sms_reminders" already; update it instead',
        });
      });
      expect(changes).toEqual([]);
      expect(await overridesOf(store, "acme")).toEqual({ sms_reminders: true });
    });

    test("adds an unknown feature to an open catalogue, off by default", async () => {
      const store = await open();
      const changes = await changesBy(store, () => store.createOverride("acme", "brand.new", on, call));
      expect(changes).toMatchObject([
        {
          kind: "feature",
          featureKey: "brand.new",
          before: undefined,
          after: { defaultEnabled: false, archived: false },
        },
        { kind: "override", orgId: "acme", featureKey: "brand.new", before: undefined, after: isOn, ...call },
      ]);
    });

    test("refuses an unknown feature of a strict catalogue", async () => {
      const store = await open(under.place(), "strict");
      await expect(store.createOverride("acme", "brand.new", on, call)).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: 'feature_key: no feature "brand.new" is in the catalogue',
      });
      expect((await store.readCatalogue()).features).toHaveLength(documented.length);
    });
  });

  describe(`${engine}: updateOverrides`, () => {
    test("keeps the time and writes no history where nothing changes", async () => {
      const store = await open();
      const [first] = await store.updateOverrides([set("acme", "sms_reminders", true)], call);
      now += 5000;
      const changes = await changesBy(store, async () => {
        expect(await store.updateOverrides([set("acme", "sms_reminders", true)], call)).toEqual([
          { changed: false, enabled: true, time: first?.time },
        ]);
      });
      expect(changes).toEqual([]);
    });

    test("resets to the default, and a reset of nothing changes nothing", async () => {
      const store = await open();
      await store.updateFeature(
        "sms_reminders",
        { description: undefined, defaultEnabled: true, archived: undefined },
        call,
      );
      await store.updateOverrides([set("acme", "sms_reminders", false)], call);
      const reset = [set("acme", "sms_reminders", undefined)];
      expect(await store.updateOverrides(reset, call)).toEqual([{ changed: true, enabled: true, time: now }]);
      expect(await store.updateOverrides(reset, call)).toMatchObject([{ changed: false, enabled: true }]);
      expect(await overridesOf(store, "acme")).toEqual({});
    });

    test("a reset never adds a feature", async () => {
      const store = await open();
      await expect(store.updateOverrides([set("acme", "nope", undefined)], call)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("does all of a batch or nothing, and names the update at fault", async () => {
      const store = await open();
      await store.createFeature({ featureKey: "old", description: "", defaultEnabled: false }, call);
      await store.updateFeature("old", { description: undefined, defaultEnabled: undefined, archived: true }, call);
      const batch = [set("acme", "added_by_batch", true), { ...set("globex", "old", true), at: "updates[1]." }];
      const changes = await changesBy(store, async () => {
        await expect(store.updateOverrides(batch, call)).rejects.toMatchObject({
          code: "FAILED_PRECONDITION",
          message: 'updates[1].feature_key: the feature "old" is archived and takes no writes; un-archive it first',
        });
      });
      expect(changes).toEqual([]);
      expect(await overridesOf(store, "acme")).toEqual({});
      expect((await store.readCatalogue()).features.map(({ featureKey }) => featureKey)).not.toContain(
        "added_by_batch",
      );
    });
  });

  describe(`${engine}: deleteOverrides`, () => {
    test("removes every override of the organisation, those of archived features too, and no other", async () => {
      const store = await open();
      await store.updateOverrides([set("acme", "a", true), set("acme", "b", false), set("globex", "a", true)], call);
      await store.updateFeature("b", { description: undefined, defaultEnabled: undefined, archived: true }, call);
      const changes = await changesBy(store, async () => {
        expect(await store.deleteOverrides("acme", call)).toEqual({ count: 2, time: now });
      });
      expect(changes).toMatchObject([
        { featureKey: "a", before: isOn, after: undefined },
        { featureKey: "b", before: isOff, after: undefined },
      ]);
      expect(await overridesOf(store, "acme")).toEqual({});
      expect(await overridesOf(store, "globex")).toEqual({ a: true });
      expect(await store.deleteOverrides("acme", call)).toMatchObject({ count: 0 });
    });
  });

  describe(`${engine}: features`, () => {
    test("are created once", async () => {
      const store = await open();
      const feature = { featureKey: "beta", description: "Try it", defaultEnabled: true };
      expect(await store.createFeature(feature, call)).toEqual({
        ...feature,
        archived: false,
        revision: 5,
        createdAt: now,
        updatedAt: now,
      });
      await expect(store.createFeature(feature, call)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    });

    test("are patched: what is not given stays, and no change is no change", async () => {
      const store = await open();
      const created = await store.createFeature(
        { featureKey: "beta", description: "Try it", defaultEnabled: false },
        call,
      );
      now += 1000;
      const patch = { description: undefined, defaultEnabled: true, archived: undefined };
      const updated = { ...created, defaultEnabled: true, revision: 6, updatedAt: now };
      expect(await store.updateFeature("beta", patch, call)).toEqual(updated);
      now += 1000;
      expect(await changesBy(store, () => store.updateFeature("beta", patch, call))).toEqual([]);
      expect((await store.readCatalogue()).features.at(-1)).toEqual(updated);
      await expect(store.updateFeature("nope", patch, call)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("archived ones refuse writes, and un-archiving brings the overrides back", async () => {
      const store = await open();
      const archive = (archived: boolean) =>
        store.updateFeature("sms_reminders", { description: undefined, defaultEnabled: undefined, archived }, call);
      await store.createOverride("acme", "sms_reminders", on, call);
      await archive(true);
      const refusal = { code: "FAILED_PRECONDITION" };
      await expect(store.createOverride("globex", "sms_reminders", on, call)).rejects.toMatchObject(refusal);
      await expect(store.updateOverrides([set("acme", "sms_reminders", false)], call)).rejects.toMatchObject(refusal);
      await expect(store.updateOverrides([set("acme", "sms_reminders", undefined)], call)).rejects.toMatchObject(
        refusal,
      );
      await archive(false);
      expect(await overridesOf(store, "acme")).toEqual({ sms_reminders: true });
    });

    test("are deleted, with their overrides only by force", async () => {
      const store = await open();
      await store.createOverride("acme", "beta", on, call);
      await expect(store.deleteFeature("beta", false, call)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        message: 'the feature "beta" has 1 overrides; remove them first, or delete with force',
      });
      const changes = await changesBy(store, async () => {
        expect(await store.deleteFeature("beta", true, call)).toEqual({ count: 1, time: now });
      });
      expect(changes).toMatchObject([
        { kind: "override", orgId: "acme", before: isOn, after: undefined },
        { kind: "feature", featureKey: "beta", after: undefined },
      ]);
      expect(await overridesOf(store, "acme")).toEqual({});
      await expect(store.deleteFeature("beta", false, call)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });

  describe(`${engine}: listOverrides`, () => {
    test("orders bytewise, filters, pages and counts", async () => {
      const store = await open();
      await store.updateOverrides(
        [set("b", "y", true), set("a", "z", true), set("a", "x", false), set("B", "x", true), set("a:1", "x", true)],
        call,
      );
      const list = async (query: Partial<OverrideQuery>) => {
        const page = await store.listOverrides({ ...everything, ...query });
        return { names: page.overrides.map((o) => `${o.orgId}/${o.featureKey}`), total: page.total };
      };
      expect(await list({})).toEqual({ names: ["B/x", "a/x", "a/z", "a:1/x", "b/y"], total: 5 });
      expect(await list({ offset: 1, limit: 2 })).toEqual({ names: ["a/x", "a/z"], total: 5 });
      expect(await list({ offset: 50 })).toEqual({ names: [], total: 5 });
      expect(await list({ orgId: "a" })).toEqual({ names: ["a/x", "a/z"], total: 2 });
      expect(await list({ featureKey: "x", enabled: true })).toEqual({ names: ["B/x", "a:1/x"], total: 2 });
      expect(await list({ orgId: "a", featureKey: "z", enabled: false })).toEqual({ names: [], total: 0 });
    });
  });

  describe(`${engine}: the log`, () => {
    test("numbers changes without gap and never goes back in time", async () => {
      const store = await open();
      await store.createOverride("acme", "a", on, call);
      const late = now;
      now -= 60_000;
      await store.createOverride("acme", "b", on, call);
      const changes = await store.readChanges(0, allChanges);
      expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, index) => index + 1));
      expect(changes.at(-1)?.time).toBe(late);
      now = late;
    });

    test("is read from any revision, up to a limit", async () => {
      const store = await open();
      await store.createOverride("acme", "a", on, call);
      const revisions = async (since: number, limit: number) =>
        (await store.readChanges(since, limit)).map(({ revision }) => revision);
      expect(await revisions(4, 10)).toEqual([5, 6]);
      expect(await revisions(6, 10)).toEqual([]);
      expect(await revisions(2, 3)).toEqual([3, 4, 5]);
      expect(await revisions(0, 2)).toEqual([1, 2]);
      expect(await revisions(5, 10)).toEqual([6]);
    });

    test("comes with an organisation, of the same moment", async () => {
      const store = await open();
      await store.createOverride("acme", "sms_reminders", on, call);
      const snapshot = await store.readOrganisation("acme", 4, 10);
      expect(snapshot).toMatchObject({ revision: 5, changes: [{ revision: 5, orgId: "acme", after: isOn }] });
    });
  });

  describe(`${engine}: two stores on one place`, () => {
    test("see each other's writes at the next read", async () => {
      const place = under.place();
      const [one, other] = [await open(place), await open(place)];
      await one.createOverride("acme", "a", on, call);
      expect(await overridesOf(other, "acme")).toEqual({ a: true });
      await other.updateOverrides([set("acme", "a", false)], call);
      expect((await one.readChanges(6, 10)).map((change) => change.after)).toMatchObject([isOff]);
    });

    test("see at each one look all that was acknowledged before it", async () => {
      const place = under.place();
      const [one, other] = [await open(place), await open(place)];
      const seen: Awaitable<readonly Change[]>[] = [];
      let since = (await one.readCatalogue()).revision;
      for (const orgId of ["acme", "globex", "initech"]) {
        // A look that finds nothing must not make the next one blind.
        one.lookOnce(() => void one.readChanges(since, 10));
        await other.createOverride(orgId, "driver_declarations", on, call);
        one.lookOnce(() => seen.push(one.readChanges(since++, 10), one.readChanges(since, 10)));
      }
      const organisations = (await Promise.all(seen)).map((changes) =>
        changes.map((change) => "orgId" in change && change.orgId),
      );
      expect(organisations).toEqual([["acme"], [], ["globex"], [], ["initech"], []]);
    });

    test("both write, and no write is lost", async () => {
      const place = under.place();
      const stores = [await open(place), await open(place)];
      const writes = Array.from({ length: 200 }, (_, i) => stores[i % 2]?.createOverride(`org${i}`, "a", on, call));
      await Promise.all(writes);
      expect((await stores[0]?.listOverrides(everything))?.total).toBe(200);
    });

    test("keep what was written after all are closed", async () => {
      const place = under.place();
      const first = await under.open(place, { catalogue: "open", clock });
      await first.createOverride("acme", "a", on, call);
      await first.close();
      expect(await overridesOf(await open(place), "acme")).toEqual({ a: true });
    });
  });

  test(`${engine}: a write that is under way when the store is closed is finished`, async () => {
    const place = under.place();
    const store = await under.open(place, { catalogue: "open", clock });
    const write = store.createOverride("acme", "a", on, call);
    await store.close();
    expect(await write).toMatchObject({ changed: true });
    expect(await overridesOf(await open(place), "acme")).toEqual({ a: true });
  });
}
