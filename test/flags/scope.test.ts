import { expect, test } from "vitest";
import type { Scope } from "../../src/domain/access.ts";
import type { Change } from "../../src/domain/change.ts";
import { scopeText } from "../../src/domain/scope-text.ts";
import { call, openFlags, unchanged, update } from "./open-flags.ts";

const all = { orgId: undefined, featureKey: undefined };
const ofAcme: Scope = { orgIds: new Set(["acme"]), featureKeys: undefined };
const ofSms: Scope = { orgIds: undefined, featureKeys: new Set(["sms_reminders"]) };
const ofBoth: Scope = { orgIds: undefined, featureKeys: new Set(["sms_reminders", "multi_template"]) };

test("the same scope has the same text, and another one another", () => {
  const named = (orgs: string[] | undefined, features: string[] | undefined): Scope => ({
    orgIds: orgs && new Set(orgs),
    featureKeys: features && new Set(features),
  });
  expect(scopeText(named(["b", "a"], ["y", "x"]))).toBe(scopeText(named(["a", "b"], ["x", "y"])));
  const texts = [
    named(["a"], undefined),
    named(undefined, ["a"]),
    named([], undefined),
    named(undefined, []),
    named([], []),
    named(["a"], []),
    named(["a", "b"], undefined),
    named(["a"], ["b"]),
  ].map(scopeText);
  expect(new Set([...texts, ""]).size).toBe(texts.length + 1);
  expect([scopeText(undefined), scopeText(named(undefined, undefined))]).toEqual(["", ""]);
});

test("effective flags have the features of the scope alone, and a version of its own", async () => {
  const { flags } = await openFlags({ clock: () => 1_800_000_000_000 });
  await flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  const versions = [];
  for (const [scope, expected] of [
    [ofAcme, 4],
    [ofSms, 1],
    [ofBoth, 2],
  ] as const) {
    const effective = await flags.effective("acme", scope);
    expect(Object.keys(effective.toRecord()).length).toBe(expected);
    expect(effective.toRecord()).toMatchObject({ sms_reminders: true });
    expect((await flags.refresh("acme", scope)).toRecord()).toEqual(effective.toRecord());
    versions.push((await flags.effective("acme", scope)).version);
  }
  // Who is limited to organisations gets the same answer as who is not.
  expect(versions[0]).toBe((await flags.effective("acme")).version);
  expect(new Set(versions).size).toBe(3);
  const ifMatch = versions.slice(1, 2);
  const conditional = { ...call, scope: ofSms, conditions: { ifRevision: undefined, ifMatch } };
  expect(await flags.deleteOverrides("acme", conditional)).toMatchObject({ count: 1 });
});

test("a change out of scope is refused as one that is not there", async () => {
  const { flags } = await openFlags();
  await flags.updateOverrides([update("globex", "sms_reminders", true)], call);
  const ask = (revision: number, scope: Scope) =>
    Promise.resolve(flags.getChange(revision, scope)).then(
      ({ featureKey }) => featureKey,
      ({ code, message }) => `${code} ${message}`,
    );
  expect([await ask(5, ofAcme), await ask(6, ofAcme)]).toEqual([
    "NOT_FOUND revision: there is no change 5",
    "NOT_FOUND revision: there is no change 6",
  ]);
  expect([await ask(5, ofSms), await ask(1, ofSms)]).toEqual([
    "sms_reminders",
    "NOT_FOUND revision: there is no change 1",
  ]);
});

test("who changed a feature and why is told to who sees all organisations alone, whatever asks for it", async () => {
  const { flags } = await openFlags();
  const why = { actor: "root", reason: "globex wants it" };
  await flags.updateFeature("sms_reminders", { ...unchanged, defaultEnabled: true }, why);
  const list = { ...all, actor: undefined, startTime: undefined, endTime: undefined, oldestFirst: false, limit: 1 };
  const watched = async (scope: Scope) => {
    const watch = flags.watch({ filter: { ...all, scope }, heartbeatMs: 60_000, fromRevision: 4 });
    const { value } = await watch.next();
    await watch.return();
    return value?.kind === "change" ? value.change : undefined;
  };
  const ask = async (scope: Scope): Promise<readonly (Change | undefined)[]> => [
    ...(await flags.listChanges({ ...list, minRevision: undefined, maxRevision: undefined, scope })),
    await flags.getChange(5, scope),
    (await flags.explain("acme", "sms_reminders", scope)).since,
    await watched(scope),
  ];
  const told = await ask(ofSms);
  expect(told).toMatchObject(Array(4).fill({ revision: 5, ...why, after: { defaultEnabled: true } }));
  const hidden = await ask(ofAcme);
  expect(hidden).toMatchObject(Array(4).fill({ revision: 5, actor: "", reason: "", after: { defaultEnabled: true } }));
  // Encoders know by the object what they have encoded already.
  expect(await watched(ofAcme)).toBe(await watched({ ...ofAcme }));
});

test("a snapshot has what is in scope, and the flags of the one organisation that is watched", async () => {
  const { flags } = await openFlags();
  const updates = [update("acme", "sms_reminders", true), update("acme", "multi_template", true)];
  await flags.updateOverrides([...updates, update("globex", "sms_reminders", true)], call);
  const snapshot = async (orgId: string | undefined, scope: Scope) => {
    const watch = flags.watch({ filter: { ...all, orgId, scope }, heartbeatMs: 60_000, snapshot: true });
    const { value } = await watch.next();
    await watch.return();
    const { features, overrides, flags: effective } = value?.kind === "snapshot" ? value.snapshot : {};
    return [features?.length, overrides?.map((o) => `${o.orgId}/${o.featureKey}`).join(), effective];
  };
  expect(await snapshot(undefined, ofAcme)).toEqual([4, "acme/multi_template,acme/sms_reminders", undefined]);
  expect(await snapshot(undefined, ofSms)).toEqual([1, "acme/sms_reminders,globex/sms_reminders", undefined]);
  expect(await snapshot("acme", ofSms)).toEqual([1, "acme/sms_reminders", { sms_reminders: true }]);
});
