import fc from "fast-check";
import { expect, test } from "vitest";
import { isInScope, type Scope } from "../../src/domain/access.ts";
import { type Change, isChangeInScope, passes } from "../../src/domain/change.ts";
import { toldChange } from "../../src/domain/told-change.ts";
import { Flags } from "../../src/flags/flags.ts";
import type { OpenedFlags } from "./open-flags.ts";
import { call, openFlags, update } from "./open-flags.ts";

const orgIds = ["acme", "globex", "initech"];
const featureKeys = ["a", "b", "c"];
const all = { orgId: undefined, featureKey: undefined };
const everyChange = {
  ...all,
  actor: undefined,
  startTime: undefined,
  endTime: undefined,
  minRevision: undefined,
  maxRevision: undefined,
  oldestFirst: true,
  limit: 100_000,
};
const everyOverride = { ...all, enabled: undefined, offset: 0, limit: 1000 };

type Write = (flags: Flags) => Promise<unknown>;

const org = fc.constantFrom(...orgIds);
const key = fc.constantFrom(...featureKeys);
const write: fc.Arbitrary<Write> = fc.oneof(
  fc
    .uniqueArray(fc.tuple(org, key, fc.constantFrom(true, false, undefined)), {
      minLength: 1,
      maxLength: 4,
      selector: ([orgId, featureKey]) => `${orgId} ${featureKey}`,
    })
    .map(
      (updates): Write =>
        (flags) =>
          flags.updateOverrides(
            updates.map((each) => update(...each)),
            call,
          ),
    ),
  fc.tuple(key, fc.boolean(), fc.boolean()).map(([featureKey, defaultEnabled, archived]): Write => {
    return (flags) => flags.updateFeature(featureKey, { description: undefined, defaultEnabled, archived }, call);
  }),
  key.map(
    (featureKey): Write =>
      (flags) =>
        flags.deleteFeature(featureKey, true, call),
  ),
  org.map(
    (orgId): Write =>
      (flags) =>
        flags.deleteOverrides(orgId, call),
  ),
);
const some = (names: readonly string[]) =>
  fc.option(
    fc.subarray([...names]).map((list) => new Set(list)),
    { nil: undefined },
  );
const scopes = fc.record({ orgIds: some([...orgIds, "nobody"]), featureKeys: some([...featureKeys, "nothing"]) });

test("what is told within a scope is what a filter of all would tell, in lists and to watches alike", async () => {
  const opened = await openFlags();
  const property = fc.asyncProperty(
    fc.array(write, { maxLength: 12 }),
    fc.array(write, { maxLength: 6 }),
    fc.array(scopes, { minLength: 1, maxLength: 4 }),
    async (before, after, several) => {
      await made(opened.flags, before);
      const first = opened.flags.revision;
      const watches = several.map((scope) => follow(opened.flags, scope, undefined));
      await Promise.all(watches.map(({ begun }) => begun));
      await made(opened.flags, after);
      const changes = opened.store.readChanges(0, everyChange.limit);
      // Nothing is in its memory: it reads the log, for all scopes from the same place.
      const restarted = await Flags.open(opened.store, { maxResidentOrganisations: 1, clock: Date.now });
      for (const [index, scope] of several.entries()) {
        const seen = changes.filter((change) => isChangeInScope(change, scope)).map((c) => toldChange(c, scope));
        const since = seen.filter(({ revision }) => revision > first);
        expect(await watches[index]?.until(opened.flags.revision)).toEqual(since);
        expect(await follow(opened.flags, scope, first).until(opened.flags.revision)).toEqual(since);
        expect(await follow(restarted, scope, first).until(restarted.revision)).toEqual(since);
        await expectLists(opened, scope, seen);
        await expectState(opened.flags, scope);
      }
      restarted.close();
    },
  );
  await fc.assert(property, { numRuns: 40 });
}, 120_000);

/** What is refused leaves everything as it is. */
async function made(flags: Flags, writes: readonly Write[]): Promise<void> {
  for (const run of writes) {
    await Promise.allSettled([run(flags)]);
  }
}

/** Watches within a scope: `until` answers the changes that were told, up to a revision. */
function follow(flags: Flags, scope: Scope, fromRevision: number | undefined) {
  const watch = flags.watch({ filter: { ...all, scope }, fromRevision, heartbeatMs: 200 });
  const begun = watch.next();
  return {
    begun,
    async until(last: number): Promise<readonly Change[]> {
      const told: Change[] = [];
      let { value } = await begun;
      for (;;) {
        if (value?.kind === "change") {
          told.push(value.change);
        }
        if (value?.kind === "caughtUp" && value.revision >= last) {
          await watch.return();
          return told;
        }
        ({ value } = await watch.next());
      }
    },
  };
}

async function expectLists({ flags, store }: OpenedFlags, scope: Scope, seen: readonly Change[]): Promise<void> {
  for (const asked of [
    all,
    { ...all, orgId: "acme" },
    { ...all, featureKey: "a" },
    { orgId: "acme", featureKey: "a" },
  ]) {
    const matching = seen.filter((change) => passes(change, asked));
    expect(await flags.listChanges({ ...everyChange, ...asked, scope })).toEqual(matching);
    const newest = { ...everyChange, ...asked, scope, oldestFirst: false, limit: 3 };
    const reversed = store.listChanges({ ...everyChange, ...asked, oldestFirst: false });
    const inScope = reversed.filter((change) => isChangeInScope(change, scope)).slice(0, 3);
    expect(await flags.listChanges(newest)).toEqual(inScope.map((change) => toldChange(change, scope)));
  }
  for (const change of [...seen].slice(-3)) {
    expect(await flags.getChange(change.revision, scope)).toEqual(change);
  }
}

async function expectState(flags: Flags, scope: Scope): Promise<void> {
  const inScope = (orgId: string | undefined, featureKey: string) => isInScope(scope, orgId, featureKey);
  const { overrides } = await flags.listOverrides(everyOverride);
  const own = overrides.filter(({ orgId, featureKey }) => inScope(orgId, featureKey));
  expect(await flags.listOverrides({ ...everyOverride, scope })).toEqual({ overrides: own, total: own.length });
  const features = (await flags.listFeatures()).filter(({ featureKey }) => inScope(undefined, featureKey));
  expect(await flags.listFeatures(scope)).toEqual(features);
  const snapshot = await flags.everything(1000, scope);
  expect(new Set(snapshot.features)).toEqual(new Set(features));
  expect(snapshot.overrides).toEqual(own);
  const counts = await flags.overrideCounts(scope);
  for (const { featureKey, archived } of features) {
    const of = (enabled: boolean) => own.filter((o) => o.featureKey === featureKey && o.enabled === enabled).length;
    expect(counts.get(featureKey) ?? { enabled: 0, disabled: 0 }).toEqual({ enabled: of(true), disabled: of(false) });
    const query = { featureKey, enabled: undefined, after: "", limit: 1000 };
    const orgs = archived ? [] : (await flags.listFeatureOrgs(query)).filter(({ orgId }) => inScope(orgId, featureKey));
    expect(archived ? [] : await flags.listFeatureOrgs({ ...query, scope })).toEqual(orgs);
  }
  expect([...counts.keys()].filter((featureKey) => !inScope(undefined, featureKey))).toEqual([]);
  for (const orgId of orgIds) {
    const only = ([featureKey]: readonly [string, unknown]) => inScope(undefined, featureKey);
    const flagsOf = (await flags.effective(orgId)).toRecord();
    expect(Object.entries((await flags.effective(orgId, scope)).toRecord())).toEqual(
      Object.entries(flagsOf).filter(only),
    );
    const evaluated = await flags.evaluateAll(orgId);
    expect([...(await flags.evaluateAll(orgId, scope)).toMap()]).toEqual([...evaluated.toMap()].filter(only));
    const past = await flags.effectiveAt(orgId, {});
    const narrowed = Object.fromEntries(Object.entries(past.flags).filter(only));
    expect(await flags.effectiveAt(orgId, {}, scope)).toEqual({ ...past, flags: narrowed });
  }
}
