import { expect, test } from "vitest";
import type { ChangeQuery } from "../../src/domain/change.ts";
import { call, type OpenedFlags, openFlags, unchanged, update } from "./open-flags.ts";

const start = 1_800_000_000_000;
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

/** Flags whose clock goes a second on with each call of `tick`. */
async function openWithClock(): Promise<OpenedFlags & { tick(): number }> {
  let now = start;
  const opened = await openFlags({ clock: () => now });
  const tick = () => {
    now += 1000;
    return now;
  };
  return { ...opened, tick };
}

/** Revisions 5, 6, 7: on, off, on again, a second between. */
async function threeChanges(): Promise<OpenedFlags> {
  const opened = await openWithClock();
  for (const enabled of [true, false, true]) {
    opened.tick();
    await opened.flags.updateOverrides([update("acme", "sms_reminders", enabled)], call);
  }
  return opened;
}

async function prunedTo(opened: OpenedFlags, maxChanges: number): Promise<OpenedFlags> {
  await opened.flags.pruneHistory({ maxAgeMs: undefined, maxChanges });
  return opened;
}

test.for([
  { moment: {}, revision: 7, time: start + 3000, enabled: true },
  { moment: { revision: 7 }, revision: 7, time: start + 3000, enabled: true },
  { moment: { revision: 6 }, revision: 6, time: start + 2000, enabled: false },
  { moment: { revision: 4 }, revision: 4, time: start, enabled: false },
  { moment: { revision: 0 }, revision: 0, time: undefined, enabled: undefined },
  { moment: { time: start + 2000 }, revision: 6, time: start + 2000, enabled: false },
  { moment: { time: start + 1999 }, revision: 5, time: start + 1000, enabled: true },
  { moment: { time: start - 1 }, revision: 0, time: undefined, enabled: undefined },
  { moment: { time: start + 1e9 }, revision: 7, time: start + 3000, enabled: true },
  { moment: { revision: 6, time: start + 1000 }, revision: 6, time: start + 2000, enabled: false },
])("an organisation at $moment is as of revision $revision", async ({ moment, revision, time, enabled }) => {
  const { flags } = await threeChanges();
  const past = await flags.effectiveAt("acme", moment);
  expect(past).toMatchObject({ revision, time });
  expect(past.flags.sms_reminders).toBe(enabled);
});

test.for([
  { moment: { revision: 4 }, field: "revision" },
  { moment: { time: start + 999 }, field: "time" },
])("a moment before what is kept is refused: $moment", async ({ moment, field }) => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  const message = `${field}: is before the history, which begins after revision 5, of ${new Date(start + 1000).toISOString()}`;
  await expect(flags.effectiveAt("acme", moment)).rejects.toMatchObject({ code: "OUT_OF_RANGE", message });
  const otherSide = flags.diff({ orgId: "acme" }, { orgId: "acme", ...moment });
  await expect(otherSide).rejects.toMatchObject({ code: "OUT_OF_RANGE", message: `other_${message}` });
});

test("the last moment that is no longer kept itself can still be told, by revision and by time", async () => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  for (const moment of [{ revision: 5 }, { time: start + 1000 }, { time: start + 1999 }]) {
    const past = await flags.effectiveAt("acme", moment);
    expect(past).toMatchObject({ revision: 5, time: start + 1000, flags: { sms_reminders: true } });
  }
});

test("at a time, what was due by then has begun and ended, however late it was logged; at a revision, what was logged", async () => {
  const clock = { now: start };
  const { flags } = await openFlags({ clock: () => clock.now });
  const plan = { startsAt: start + 1000, expiresAt: start + 2000 };
  await flags.updateOverrides([update("acme", "sms_reminders", true, plan)], call);
  await flags.updateOverrides([update("globex", "sms_reminders", true, { expiresAt: start + 1000 })], call);
  // Nothing read it for as long.
  clock.now = start + 60_000;
  const states = async (orgId: string) => {
    const times = [999, 1000, 1999, 2000, 60_000];
    const pasts = await Promise.all(times.map((ms) => flags.effectiveAt(orgId, { time: start + ms })));
    return pasts.map(({ revision, flags: then }) => [revision, then.sms_reminders]);
  };
  const logged = 9;
  expect(await states("acme")).toEqual([
    [6, false],
    [6, true],
    [6, true],
    [6, false],
    [logged, false],
  ]);
  expect(await states("globex")).toEqual([
    [6, true],
    [6, false],
    [6, false],
    [6, false],
    [logged, false],
  ]);
  expect((await flags.effectiveAt("globex", { revision: 6 })).flags).toMatchObject({ sms_reminders: true });
  const [atEnd, atRevision] = [{ time: start + 1000 }, { revision: 6 }];
  const diff = await flags.diff({ orgId: "globex", ...atEnd }, { orgId: "globex", ...atRevision });
  expect(diff.differences).toEqual([{ featureKey: "sms_reminders", enabled: false, otherEnabled: true }]);
  const turned = await flags.diff({ orgId: "acme", ...atRevision }, { orgId: "acme", ...atEnd });
  expect(turned.differences).toEqual([{ featureKey: "sms_reminders", enabled: false, otherEnabled: true }]);
});

test("at a time to come, what is planned until then has begun and ended", async () => {
  const { flags } = await openFlags({ clock: () => start });
  const plan = { startsAt: start + 1000, expiresAt: start + 2000 };
  await flags.updateOverrides([update("acme", "sms_reminders", true, plan)], call);
  const enabledAt = async (time: number) => (await flags.effectiveAt("acme", { time })).flags.sms_reminders;
  expect(await Promise.all([start, start + 1000, start + 2000].map(enabledAt))).toEqual([false, true, false]);
});

test("a revision that is still to come is refused", async () => {
  const { flags } = await threeChanges();
  await expect(flags.effectiveAt("acme", { revision: 8 })).rejects.toMatchObject({
    code: "OUT_OF_RANGE",
    message: "revision: must be at most 7, the last revision, and not 8",
  });
});

test("a difference names each feature that is on, off or not there on one side only, by key", async () => {
  const { flags } = await threeChanges();
  await flags.createFeature({ featureKey: "a.new_one", description: "", defaultEnabled: true }, call);
  await flags.updateFeature("multi_template", { ...unchanged, archived: true }, call);
  expect(await flags.diff({ orgId: "acme", revision: 6 }, { orgId: "acme" })).toEqual({
    differences: [
      { featureKey: "a.new_one", enabled: undefined, otherEnabled: true },
      { featureKey: "multi_template", enabled: false, otherEnabled: undefined },
      { featureKey: "sms_reminders", enabled: false, otherEnabled: true },
    ],
    revision: 6,
    otherRevision: 9,
  });
  expect((await flags.diff({ orgId: "acme" }, { orgId: "globex" })).differences).toEqual([
    { featureKey: "sms_reminders", enabled: true, otherEnabled: false },
  ]);
  expect((await flags.diff({ orgId: "acme" }, { orgId: "acme" })).differences).toEqual([]);
});

test("a list that reaches back to what is no longer kept is refused instead of cut", async () => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  const refused = { code: "OUT_OF_RANGE" };
  await expect(flags.listChanges({ ...everything, minRevision: 5 })).rejects.toMatchObject(refused);
  await expect(flags.listChanges({ ...everything, startTime: start + 1000 })).rejects.toMatchObject(refused);
  const kept = { minRevision: 6, startTime: start + 1001 };
  for (const query of [everything, { ...everything, ...kept }]) {
    expect((await flags.listChanges(query)).map(({ revision }) => revision)).toEqual([6, 7]);
  }
});

test.for([
  { page: { maxRevision: 5 }, field: "max_revision" },
  { page: { endTime: start + 1000 }, field: "end_time" },
  { page: { minRevision: 4, maxRevision: 5 }, field: "min_revision" },
  { page: { behind: 4 }, field: "page_token" },
  { page: { minRevision: 2, behind: 4 }, field: "page_token" },
  { page: { maxRevision: 5, behind: 7, oldestFirst: false }, field: "max_revision" },
])("a list of what is no longer kept is refused by its field, not answered empty: $page", async ({ page, field }) => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  const message = `${field}: is before the history, which begins after revision 5, of ${new Date(start + 1000).toISOString()}`;
  const violations = [{ field, description: expect.any(String) }];
  const list = flags.listChanges({ ...everything, ...page });
  await expect(list).rejects.toMatchObject({ code: "OUT_OF_RANGE", message, violations });
});

test.for([
  { page: { maxRevision: 6 }, revisions: [6] },
  { page: { endTime: start + 1001 }, revisions: [] },
  { page: { minRevision: 2, startTime: start, behind: 5 }, revisions: [6, 7] },
  { page: { behind: 6, oldestFirst: false }, revisions: [] },
  // It ends where the history begins, as a list without bounds does.
  { page: { behind: 4, oldestFirst: false }, revisions: [] },
])("a page that lacks nothing is answered: $page", async ({ page, revisions }) => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  const changes = await flags.listChanges({ ...everything, ...page });
  expect(changes.map(({ revision }) => revision)).toEqual(revisions);
});

test("where all is kept, no bound is too low", async () => {
  const { flags } = await threeChanges();
  const lowest = { minRevision: 0, maxRevision: 0, startTime: 0, endTime: 0 };
  expect(await flags.listChanges({ ...everything, ...lowest })).toEqual([]);
});

test("a change is there, no longer kept, or never was", async () => {
  const { flags } = await prunedTo(await threeChanges(), 2);
  expect(await flags.getChange(6)).toMatchObject({ revision: 6, actor: "ada", orgId: "acme" });
  await expect(flags.getChange(5)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "revision: the history begins after revision 5, and 5 is no longer kept",
  });
  await expect(flags.getChange(8)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "revision: there is no change 8",
  });
  expect(await flags.historyBounds()).toEqual({ prunedRevision: 5, prunedTime: start + 1000, lastRevision: 7 });
});

test("a revert is in memory when it is answered, and reverting that restores", async () => {
  const { flags } = await threeChanges();
  const reverted = await flags.revertChange(7, false, call);
  expect(reverted).toMatchObject({ revision: 8, after: { setting: { enabled: false } } });
  expect(await flags.check("acme", "sms_reminders")).toBe(false);
  await flags.revertChange(8, false, call);
  expect(await flags.check("acme", "sms_reminders")).toBe(true);
  await expect(flags.revertChange(7, false, call)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
});

test("who has a feature, and whom another default would reach; NOT_FOUND of a feature that is not there", async () => {
  const { flags } = await openFlags();
  const updates = [update("acme", "beta", true), update("globex", "beta", false), update("initech", "gamma", true)];
  await flags.updateOverrides(updates, call);
  expect(await flags.listFeatureOrgs({ featureKey: "beta", enabled: undefined, after: "", limit: 10 })).toEqual([
    { orgId: "acme", enabled: true, isOverride: true },
    { orgId: "globex", enabled: false, isOverride: true },
    { orgId: "initech", enabled: false, isOverride: false },
  ]);
  expect((await flags.overrideCounts()).get("beta")).toEqual({ enabled: 1, disabled: 1 });
  expect(await flags.updateImpact("beta", { ...unchanged, defaultEnabled: true })).toEqual({
    flippedOrgs: 1,
    firstFlippedOrgIds: ["initech"],
    keptOverrides: 2,
  });
  expect(await flags.check("initech", "beta")).toBe(false);
  await flags.updateFeature("beta", { ...unchanged, archived: true }, call);
  const list = async (featureKey: string) => flags.listFeatureOrgs({ featureKey, enabled: true, after: "", limit: 1 });
  const message = 'feature_key: the feature "beta" is archived';
  await expect(list("beta")).rejects.toMatchObject({ code: "NOT_FOUND", message });
  await expect(list("none")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect((async () => flags.updateImpact("none", unchanged))()).rejects.toMatchObject({ code: "NOT_FOUND" });
});
