import fc from "fast-check";
import { expect, test } from "vitest";
import { isEffective } from "../../src/domain/evaluation.ts";
import type { FeatureState } from "../../src/domain/feature.ts";
import type { Store } from "../../src/storage/store.ts";
import { anyWrite, orgs } from "./any-write.ts";
import { replay, type State, undo } from "./replay.ts";
import { allChanges, StoresUnderTest, type StoreUnderTest } from "./store-under-test.ts";

/** What holds after any writes at all. */
export function logProperty(engine: string, under: StoreUnderTest): void {
  test(`${engine}: after any writes, what is kept of the log undoes what is stored to any moment`, async () => {
    const property = fc.asyncProperty(fc.array(anyWrite, { maxLength: 30 }), async (writes) => {
      const stores = new StoresUnderTest(under);
      const store = await stores.open();
      const noted = new Map([[4, await stateOf(store)]]);
      for (const run of writes) {
        // What is refused leaves the state as it is, which is noted again.
        await Promise.allSettled([run(store, stores)]);
        noted.set((await store.readHistoryBounds()).lastRevision, await stateOf(store));
      }
      await expectPast(store, noted);
      await expectSummaries(store);
      expect(stores.findings()).toEqual([]);
      await store.close();
    });
    await fc.assert(property, { numRuns: 40 });
  }, 300_000);
}

async function stateOf(store: Store): Promise<State> {
  const features = new Map((await store.readCatalogue()).features.map((f) => [f.featureKey, featureState(f)]));
  const overrides: State["overrides"] = new Map();
  for (const orgId of orgs) {
    for (const [featureKey, state] of (await store.readOrganisationPast(orgId, allChanges)).overrides) {
      overrides.set(`${orgId}/${featureKey}`, state);
    }
  }
  return { features, overrides };
}

async function expectPast(store: Store, noted: ReadonlyMap<number, State>): Promise<void> {
  const [now, bounds] = [await stateOf(store), await store.readHistoryBounds()];
  const kept = await store.readChanges(0, allChanges);
  expect(kept.map(({ revision }) => revision)).toEqual(
    Array.from({ length: bounds.lastRevision - bounds.prunedRevision }, (_, i) => bounds.prunedRevision + i + 1),
  );
  const newestFirst = kept.toReversed();
  for (const [revision, state] of noted) {
    if (revision >= bounds.prunedRevision) {
      const since = newestFirst.filter((change) => change.revision > revision);
      expect(undo(now, since)).toEqual(state);
      for (const orgId of orgs) {
        const { changes } = await store.readOrganisationPast(orgId, revision);
        expect(changes).toEqual(since.filter((change) => change.kind === "feature" || change.orgId === orgId));
      }
    }
  }
  if (bounds.prunedRevision === 0) {
    expect(replay(kept)).toEqual(now);
  }
}

/** What is counted and looked up by itself agrees with what is stored. */
async function expectSummaries(store: Store): Promise<void> {
  const { features } = await store.readCatalogue();
  const { overrides } = await store.readSnapshot({ orgId: undefined, featureKey: undefined }, 1000);
  const stored = [...new Set(overrides.map(({ orgId }) => orgId))].sort();
  for (const feature of features) {
    const own = (orgId: string) => {
      return overrides.find((o) => o.orgId === orgId && o.featureKey === feature.featureKey)?.enabled;
    };
    const audience = stored.map((orgId) => ({
      orgId,
      enabled: own(orgId) ?? feature.defaultEnabled,
      isOverride: own(orgId) !== undefined,
    }));
    const query = { featureKey: feature.featureKey, enabled: undefined, after: "", limit: 100 };
    expect(await store.listFeatureOrgs(query)).toEqual(audience);
    for (const enabled of [true, false]) {
      const some = audience.filter((one) => one.enabled === enabled);
      expect(await store.listFeatureOrgs({ ...query, enabled })).toEqual(some);
      const patch = { description: undefined, defaultEnabled: enabled, archived: !enabled };
      const after = { ...feature, ...patch, description: "" };
      const flips = (orgId: string) => isEffective(feature, own(orgId)) !== isEffective(after, own(orgId));
      const flipped = stored.filter(flips);
      expect(await store.readUpdateImpact(feature.featureKey, patch)).toMatchObject({
        flippedOrgs: flipped.length,
        firstFlippedOrgIds: flipped,
      });
    }
    const counts = (await store.readOverrideCounts()).get(feature.featureKey);
    const all = overrides.filter((o) => o.featureKey === feature.featureKey);
    const count = (enabled: boolean) => all.filter((o) => o.enabled === enabled).length;
    expect(counts ?? { enabled: 0, disabled: 0 }).toEqual({ enabled: count(true), disabled: count(false) });
  }
  for (const query of [{ orgId: "acme" }, { featureKey: "a" }, { enabled: true }, {}]) {
    const all = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 100, ...query };
    const page = await store.listOverrides(all);
    expect(page.total).toBe(page.overrides.length);
  }
}

function featureState({ description, defaultEnabled, archived }: FeatureState): FeatureState {
  return { description, defaultEnabled, archived };
}
