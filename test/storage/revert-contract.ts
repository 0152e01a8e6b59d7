import { describe, expect, test } from "vitest";
import type { FeaturePatch } from "../../src/domain/feature.ts";
import type { Store } from "../../src/storage/store.ts";
import { call, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const feature = "sms_reminders";
const tooLate = `of the override of "${feature}" for "acme" nothing of what was before is left to restore, as its time has passed`;
const nobody = { actor: "bob", reason: "" };

/** What every store has to do to undo changes. */
export function revertContract(engine: string, under: StoreUnderTest): void {
  async function opened() {
    const stores = new StoresUnderTest(under);
    return { stores, store: await stores.open() };
  }

  async function last(store: Store): Promise<number> {
    return (await store.readHistoryBounds()).lastRevision;
  }

  const patch = (part: Partial<FeaturePatch>): FeaturePatch => {
    return { description: undefined, defaultEnabled: undefined, archived: undefined, ...part };
  };

  describe(`${engine}: the revert of a change of an override`, () => {
    test("restores what was before, and its own revert restores that again", async () => {
      const { stores, store } = await opened();
      const plan = { enabled: false, startsAt: stores.now + 100, expiresAt: stores.now + 200 };
      await store.createOverride("acme", feature, { ...on, expiresAt: stores.now + 50 }, call);
      await store.updateOverrides([update("acme", feature, plan)], call);
      await store.updateOverrides([update("acme", feature, undefined)], call);
      const { before } = (await store.readChange(7)) ?? {};
      const revert = await store.revertChange(7, false, nobody);
      expect(revert).toMatchObject({ revision: 8, actor: "bob", reason: "reverts revision 7", after: before });
      expect((await store.readOrigin("acme", feature)).override).toEqual(before);
      expect(await store.revertChange(8, false, call)).toMatchObject({ reason: "a test", before, after: undefined });
      expect(await store.revertChange(9, false, call)).toMatchObject({ before: undefined, after: before });
    });

    test("is refused with what happened since, up to ten revisions, unless forced", async () => {
      const { store } = await opened();
      await store.createOverride("acme", feature, on, call);
      for (let i = 0; i < 11; i++) {
        await store.updateOverrides([update("acme", feature, i % 2 === 0 ? off : on)], call);
      }
      await store.createOverride("globex", feature, on, call);
      await expect(store.revertChange(14, false, call)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        message: `the override of "${feature}" for "acme" has changed since, in 15, 16; revert these first, or use force`,
      });
      await expect(store.revertChange(5, false, call)).rejects.toMatchObject({
        message: expect.stringContaining("in 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and more;"),
      });
      expect(await store.revertChange(5, true, call)).toMatchObject({ orgId: "acme", after: undefined });
    });

    test("restores no setting whose time is over", async () => {
      const { stores, store } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: stores.now + 100 }, call);
      await store.updateOverrides([update("acme", feature, off)], call);
      stores.now += 100;
      expect(await store.revertChange(6, false, call)).toMatchObject({ after: undefined });
      await store.updateOverrides([update("acme", feature, { ...on, startsAt: stores.now + 1 })], call);
      await store.updateOverrides([update("acme", feature, undefined)], call);
      stores.now += 1;
      const refusal = {
        code: "FAILED_PRECONDITION",
        message: `to revert revision 9 would change nothing: ${tooLate}`,
      };
      await expect(store.revertChange(9, false, call)).rejects.toMatchObject(refusal);
    });

    test("of an override's end is refused, as nothing is left to restore", async () => {
      const { stores, store } = await opened();
      await store.createOverride("acme", feature, { ...on, expiresAt: stores.now + 100 }, call);
      stores.now += 100;
      await store.applyDue();
      await expect(store.revertChange(6, false, call)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        message: `to revert revision 6 would change nothing: ${tooLate}`,
      });
    });

    test("is refused where the feature is archived or gone", async () => {
      const { store } = await opened();
      await store.createOverride("acme", feature, on, call);
      await store.updateFeature(feature, patch({ archived: true }), call);
      await expect(store.revertChange(5, false, call)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
      await store.deleteFeature(feature, true, call);
      await expect(store.revertChange(7, false, call)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        message: `the feature "${feature}" of revision 7 is no longer in the catalogue; add it again first`,
      });
    });
  });

  describe(`${engine}: the revert of a change of a feature`, () => {
    test("restores what was changed, and its own revert restores that again", async () => {
      const { store } = await opened();
      await store.updateFeature(feature, patch({ defaultEnabled: true, description: "new" }), call);
      const old = { defaultEnabled: false, description: "", archived: false };
      expect(await store.revertChange(5, false, nobody)).toMatchObject({ kind: "feature", after: old });
      expect(await store.revertChange(6, false, nobody)).toMatchObject({ before: old, after: { description: "new" } });
      await expect(store.revertChange(5, false, nobody)).rejects.toMatchObject({
        message: `the feature "${feature}" has changed since, in 6, 7; revert these first, or use force`,
      });
    });

    test("removes one that was added, with overrides only by force, and adds it again", async () => {
      const { store } = await opened();
      await store.createFeature({ featureKey: "new", description: "it", defaultEnabled: true }, call);
      await store.createOverride("acme", "new", off, call);
      await expect(store.revertChange(5, false, call)).rejects.toMatchObject({
        message: 'the feature "new" has 1 overrides; remove them first, or revert with force',
      });
      const removal = await store.revertChange(5, true, nobody);
      expect(removal).toMatchObject({ revision: 8, before: { description: "it" }, after: undefined });
      expect(await store.readChange(7)).toMatchObject({
        orgId: "acme",
        reason: "reverts revision 5",
        after: undefined,
      });
      expect(await store.revertChange(8, false, nobody)).toMatchObject({
        before: undefined,
        after: { description: "it", defaultEnabled: true, archived: false },
      });
      expect((await store.readCatalogue()).features.at(-1)).toMatchObject({ featureKey: "new", revision: 9 });
      expect(await store.revertChange(7, false, nobody)).toMatchObject({ after: { setting: { enabled: false } } });
    });
  });

  test(`${engine}: a revert of what is not in the history, or would change nothing, is refused`, async () => {
    const { store } = await opened();
    const missing = { code: "NOT_FOUND", message: "revision: there is no change 99" };
    await expect(store.revertChange(99, true, call)).rejects.toMatchObject(missing);
    await store.createOverride("acme", feature, on, call);
    await store.deleteOverrides("acme", call);
    await expect(store.revertChange(5, true, call)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: `to revert revision 5 would change nothing: the override of "${feature}" for "acme" is already as it was before`,
    });
    expect(await last(store)).toBe(6);
    await store.pruneHistory({ maxAgeMs: undefined, maxChanges: 1 });
    await expect(store.revertChange(5, true, call)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "revision: the history begins after revision 5, and 5 is no longer kept",
    });
  });
}
