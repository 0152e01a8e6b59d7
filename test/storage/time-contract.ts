import { describe, expect, test } from "vitest";
import type { OverrideState } from "../../src/domain/override.ts";
import type { Store } from "../../src/storage/store.ts";
import { call, changesBy, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const feature = "sms_reminders";

/** What every store has to do about overrides that end and settings that begin by themselves. */
export function timeContract(engine: string, under: StoreUnderTest): void {
  async function opened() {
    const stores = new StoresUnderTest(under);
    return { stores, store: await stores.open(), start: stores.now };
  }

  async function stateOf(store: Store, orgId = "acme"): Promise<OverrideState | undefined> {
    return (await store.readOrigin(orgId, feature)).override;
  }

  describe(`${engine}: an override that expires`, () => {
    test.for([
      ["of the organisation", "acme"],
      ["of all", undefined],
    ] as const)(
      "does not take along the plan that began before its end, where both are due at once: %s",
      async ([, orgId]) => {
        const { stores, store, start } = await opened();
        await store.createOverride("acme", feature, { ...off, expiresAt: start + 3 }, call);
        await store.updateOverrides([update("acme", feature, { ...on, startsAt: start + 2 })], call);
        stores.now = start + 4;
        const changes = await changesBy(store, () => store.applyDue(orgId));
        expect(changes.map(({ actor }) => actor)).toEqual(["system:schedule"]);
        expect(await stateOf(store)).toMatchObject({ setting: { enabled: true }, scheduled: undefined });
      },
    );

    test("holds until its time, ends at that very millisecond, and is logged once", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
      expect((await store.readCatalogue()).nextDue).toBe(start + 100);
      stores.now = start + 99;
      expect(await changesBy(store, () => store.applyDue())).toEqual([]);
      expect(await store.applyDue()).toBe(start + 100);
      stores.now = start + 100;
      expect(await changesBy(store, () => store.applyDue())).toMatchObject([
        {
          time: start + 100,
          actor: "system:expiry",
          reason: "",
          orgId: "acme",
          featureKey: feature,
          before: { setting: { enabled: true, expiresAt: start + 100 }, scheduled: undefined },
          after: undefined,
        },
      ]);
      expect(await stateOf(store)).toBeUndefined();
      expect(await store.applyDue()).toBeUndefined();
      expect((await store.readCatalogue()).nextDue).toBeUndefined();
    });

    test("is listed with its time, and another time is a change", async () => {
      const { store, start } = await opened();
      const until = (expiresAt: number | undefined) => [update("acme", feature, { ...on, expiresAt })];
      await store.updateOverrides(until(start + 100), call);
      expect(await changesBy(store, () => store.updateOverrides(until(start + 100), call))).toEqual([]);
      expect(await store.updateOverrides(until(start + 200), call)).toMatchObject([{ changed: true }]);
      const { overrides } = await store.readSnapshot({ orgId: "acme", featureKey: undefined }, 10);
      expect(overrides).toMatchObject([{ orgId: "acme", featureKey: feature, enabled: true, expiresAt: start + 200 }]);
      expect(await store.updateOverrides(until(undefined), call)).toMatchObject([{ changed: true }]);
      expect(await store.applyDue()).toBeUndefined();
    });

    test("has ended for a write at that time, though nobody applied what was due", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
      stores.now = start + 100;
      const changes = await changesBy(store, () => store.createOverride("acme", feature, off, call));
      expect(changes).toMatchObject([
        { actor: "system:expiry", after: undefined },
        { actor: "ada", before: undefined, after: { setting: { enabled: false } } },
      ]);
    });

    test("does not hold up the removal of its feature once it has ended", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
      await expect(store.deleteFeature(feature, false, call)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
      stores.now = start + 100;
      expect(await store.deleteFeature(feature, false, call)).toMatchObject({ count: 0 });
    });

    test("ends also where its feature is archived", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
      await store.updateFeature(feature, { description: undefined, defaultEnabled: undefined, archived: true }, call);
      stores.now = start + 100;
      expect(await changesBy(store, () => store.applyDue())).toMatchObject([{ actor: "system:expiry" }]);
    });

    test("is ended once by two stores that both apply what is due", async () => {
      const { stores, store, start } = await opened();
      const other = await stores.open();
      await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
      stores.now = start + 100;
      const changes = await changesBy(store, () =>
        Promise.all([store.applyDue(), other.applyDue(), store.applyDue(), other.applyDue()]),
      );
      expect(changes).toMatchObject([{ actor: "system:expiry" }]);
    });
  });

  describe(`${engine}: a setting that is planned`, () => {
    const plan = (start: number) => ({ enabled: true, startsAt: start + 100, expiresAt: start + 200 });

    test("leaves the override alone until it begins, then replaces it, and ends", async () => {
      const { stores, store, start } = await opened();
      await store.createOverride("acme", feature, off, call);
      const planned = await changesBy(store, async () => {
        const outcome = await store.updateOverrides([update("acme", feature, plan(start))], call);
        expect(outcome).toEqual([{ changed: true, enabled: false, time: start }]);
      });
      expect(planned).toMatchObject([{ after: { setting: { enabled: false }, scheduled: plan(start) } }]);
      expect((await store.readCatalogue()).nextDue).toBe(start + 100);
      stores.now = start + 150;
      expect(await changesBy(store, () => store.applyDue())).toMatchObject([
        {
          actor: "system:schedule",
          reason: "planned by ada: a test",
          before: { setting: { enabled: false, expiresAt: undefined }, scheduled: plan(start) },
          after: { setting: { enabled: true, expiresAt: start + 200 }, scheduled: undefined },
        },
      ]);
      stores.now = start + 200;
      expect(await changesBy(store, () => store.applyDue())).toMatchObject([{ actor: "system:expiry" }]);
      expect(await stateOf(store)).toBeUndefined();
    });

    test("begins and ends where both times have passed, both logged, in the order in which all became due", async () => {
      const { stores, store, start } = await opened();
      await store.updateOverrides([update("zeta", feature, plan(start))], call);
      await store.updateOverrides([update("acme", feature, { ...on, expiresAt: start + 150 })], call);
      await store.updateOverrides([update("beta", feature, { ...on, expiresAt: start + 200 })], call);
      await store.updateOverrides([update("beta", feature, { ...off, startsAt: start + 200 })], call);
      const later = await stores.open();
      stores.now = start + 300;
      const changes = await changesBy(later, () => later.applyDue());
      expect(changes.map((change) => [change.kind === "override" && change.orgId, change.actor])).toEqual([
        ["zeta", "system:schedule"],
        ["acme", "system:expiry"],
        ["beta", "system:expiry"],
        ["beta", "system:schedule"],
        ["zeta", "system:expiry"],
      ]);
      expect(changes.map(({ time }) => time)).toEqual(Array(5).fill(start + 300));
    });

    test("replaces the plan before it, and the same plan again is no change", async () => {
      const { stores, store, start } = await opened();
      await store.updateOverrides([update("acme", feature, plan(start))], call);
      stores.now = start + 10;
      expect(await store.updateOverrides([update("acme", feature, plan(start))], call)).toEqual([
        { changed: false, enabled: false, time: start },
      ]);
      const next = { enabled: false, startsAt: start + 500, expiresAt: undefined };
      await store.updateOverrides([update("acme", feature, next)], call);
      expect(await stateOf(store)).toEqual({ setting: undefined, scheduled: next });
      expect((await store.readCatalogue()).nextDue).toBe(start + 500);
    });

    test("stays where the override is set, and goes where it is reset or the organisation removed", async () => {
      const { store, start } = await opened();
      const planned = update("acme", feature, plan(start));
      await store.updateOverrides([planned], call);
      await store.updateOverrides([update("acme", feature, on)], call);
      expect(await stateOf(store)).toMatchObject({ setting: { enabled: true }, scheduled: plan(start) });
      expect(await store.updateOverrides([update("acme", feature, undefined)], call)).toMatchObject([
        { changed: true, enabled: false },
      ]);
      expect(await stateOf(store)).toBeUndefined();
      await store.updateOverrides([planned], call);
      expect(await store.deleteOverrides("acme", call)).toMatchObject({ count: 1 });
      expect(await stateOf(store)).toBeUndefined();
      expect(await store.applyDue()).toBeUndefined();
    });

    test("keeps its feature from being removed without force, and goes with it", async () => {
      const { store, start } = await opened();
      await store.updateOverrides([update("acme", feature, plan(start)), update("zeta", feature, on)], call);
      await store.updateOverrides([update("zeta", feature, { ...plan(start), expiresAt: undefined })], call);
      await expect(store.deleteFeature(feature, false, call)).rejects.toMatchObject({
        message: `the feature "${feature}" has 1 overrides and 2 scheduled settings; remove them first, or delete with force`,
      });
      const changes = await changesBy(store, async () => {
        expect(await store.deleteFeature(feature, true, call)).toMatchObject({ count: 2 });
      });
      const { startsAt } = plan(start);
      expect(changes.map(({ before }) => before)).toEqual([
        { setting: undefined, scheduled: plan(start) },
        {
          setting: { enabled: true, expiresAt: undefined },
          scheduled: { enabled: true, startsAt, expiresAt: undefined },
        },
        expect.objectContaining({ archived: false }),
      ]);
      expect(await store.applyDue()).toBeUndefined();
    });

    test("is created once, and not over an override", async () => {
      const { store, start } = await opened();
      await store.createOverride("acme", feature, plan(start), call);
      await expect(store.createOverride("acme", feature, plan(start), call)).rejects.toMatchObject({
        code: "ALREADY_EXISTS",
        message: `the organisation "acme" has a scheduled setting of "${feature}" already; update it instead`,
      });
      await store.createOverride("acme", feature, on, call);
      await expect(store.createOverride("acme", feature, plan(start), call)).rejects.toMatchObject({
        code: "ALREADY_EXISTS",
        message: `the organisation "acme" has an override of "${feature}" already; update it instead`,
      });
    });
  });

  test(`${engine}: times that are over, and ends before beginnings, are refused by field`, async () => {
    const { store, start } = await opened();
    const text = (time: number) => new Date(time).toISOString();
    const updates = [
      { ...update("acme", feature, { ...on, startsAt: start }), at: "updates[0]." },
      { ...update("acme", "a", { ...on, expiresAt: start - 1 }), at: "updates[1]." },
      { ...update("acme", "b", { ...on, startsAt: start + 9, expiresAt: start + 9 }), at: "updates[2]." },
      { ...update("acme", "c", { ...on, startsAt: start + 1, expiresAt: start + 2 }), at: "updates[3]." },
    ];
    const write = `must be after the time of the write, ${text(start)}; got`;
    await expect(store.updateOverrides(updates, call)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      violations: [
        { field: "updates[0].starts_at", description: `${write} ${text(start)}` },
        { field: "updates[1].expires_at", description: `${write} ${text(start - 1)}` },
        {
          field: "updates[2].expires_at",
          description: `must be after starts_at, ${text(start + 9)}; got ${text(start + 9)}`,
        },
      ],
    });
    await expect(store.createOverride("acme", feature, { ...on, expiresAt: start }, call)).rejects.toMatchObject({
      violations: [{ field: "expires_at" }],
    });
  });

  test(`${engine}: what is due of one organisation is known and applied without the rest`, async () => {
    const { stores, store, start } = await opened();
    const dueOf = async () =>
      Promise.all(["acme", "globex", "initech"].map((orgId) => store.readDue(orgId, stores.now)));
    await store.createOverride("acme", feature, { ...on, expiresAt: start + 100 }, call);
    await store.createOverride(
      "globex",
      feature,
      { enabled: true, startsAt: start + 100, expiresAt: start + 100_000 },
      call,
    );
    await store.createOverride("initech", feature, on, call);
    stores.now = start + 99;
    expect(await dueOf()).toEqual([false, false, false]);
    stores.now = start + 100;
    expect(await dueOf()).toEqual([true, true, false]);
    const changes = await changesBy(store, async () => {
      expect(await store.applyDue("acme")).toBe(start + 100);
    });
    expect(changes).toMatchObject([{ actor: "system:expiry", orgId: "acme" }]);
    expect(await dueOf()).toEqual([false, true, false]);
    expect(await store.applyDue("globex")).toBe(start + 100_000);
    expect(await dueOf()).toEqual([false, false, false]);
  });

  test(`${engine}: what is due in great number is applied in parts, each answering that there is more`, async () => {
    const { stores, store, start } = await opened();
    const expiring = (batch: number) =>
      Array.from({ length: 900 }, (_, i) => update(`org${batch}-${i}`, feature, { ...on, expiresAt: start + 1 }));
    await store.updateOverrides(expiring(1), call);
    await store.updateOverrides(expiring(2), call);
    stores.now = start + 1;
    expect(await store.applyDue()).toBe(start + 1);
    expect((await store.readOverrideCounts()).get(feature)).toEqual({ enabled: 800, disabled: 0 });
    expect(await store.applyDue()).toBeUndefined();
    expect((await store.readOverrideCounts()).get(feature)).toBeUndefined();
  });
}
