import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, OverrideChange } from "../../src/domain/change.ts";
import type { Flags } from "../../src/flags/flags.ts";
import { expiryActor, scheduleActor } from "../../src/storage/store.ts";
import { call, newFile, type OpenedFlags, openFlags, update } from "./open-flags.ts";

const start = 1_800_000_000_000;
const everything = { orgId: undefined, featureKey: undefined };

/** A clock that the test sets, for all that are opened with it. */
function setClock() {
  const clock = { now: start, read: () => clock.now };
  return clock;
}

async function changesBy(actor: string, { store }: OpenedFlags): Promise<readonly OverrideChange[]> {
  const changes: readonly Change[] = store.readChanges(0, 1000);
  return changes.filter((change) => change.kind === "override").filter((change) => change.actor === actor);
}

/** All ways to read whether a feature is on, each of which must say the same. */
async function readings(flags: Flags, orgId: string, featureKey: string): Promise<(boolean | undefined)[]> {
  const query = { orgId, featureKey, enabled: undefined, offset: 0, limit: 10 };
  return [
    (await flags.listOverrides(query)).overrides.some(({ enabled }) => enabled),
    (await flags.listFeatureOrgs({ featureKey, enabled: true, after: "", limit: 10 })).some((o) => o.orgId === orgId),
    ((await flags.overrideCounts()).get(featureKey)?.enabled ?? 0) > 0,
    (await flags.effectiveAt(orgId, {})).flags[featureKey],
    (await flags.explain(orgId, featureKey)).enabled,
    (await flags.refresh(orgId)).toRecord()[featureKey],
    (await flags.effective(orgId)).toRecord()[featureKey],
    await flags.check(orgId, featureKey),
  ];
}

test("an override holds until the very millisecond, and not after, by whichever read comes first", async () => {
  const clock = setClock();
  const opened = await openFlags({ clock: clock.read });
  const { flags } = opened;
  const ways = (await readings(flags, "acme", "sms_reminders")).length;
  // Each round another way to read is the first one after the moment.
  for (let first = 0; first < ways; first++) {
    const expiresAt = clock.now + 1000;
    await flags.updateOverrides([update("acme", "sms_reminders", true, { expiresAt })], call);
    clock.now = expiresAt - 1;
    expect(await readings(flags, "acme", "sms_reminders")).toEqual(Array(ways).fill(true));
    clock.now = expiresAt;
    await firstReading(flags, first);
    expect(await readings(flags, "acme", "sms_reminders")).toEqual(Array(ways).fill(false));
    expect((await changesBy(expiryActor, opened)).map(({ time }) => time).at(-1)).toBe(expiresAt);
  }
  expect(await changesBy(expiryActor, opened)).toHaveLength(ways);
});

async function firstReading(flags: Flags, which: number): Promise<void> {
  const [orgId, featureKey] = ["acme", "sms_reminders"] as const;
  const query = { orgId, featureKey, enabled: undefined, offset: 0, limit: 10 };
  const ways = [
    async () => (await flags.listOverrides(query)).overrides.length === 0,
    async () => (await flags.listFeatureOrgs({ featureKey, enabled: true, after: "", limit: 10 })).length === 0,
    async () => (await flags.overrideCounts()).get(featureKey) === undefined,
    async () => (await flags.effectiveAt(orgId, {})).flags[featureKey] === false,
    async () => !(await flags.explain(orgId, featureKey)).isOverride,
    async () => (await flags.refresh(orgId)).toRecord()[featureKey] === false,
    async () => (await flags.effective(orgId)).toRecord()[featureKey] === false,
    async () => (await flags.check(orgId, featureKey)) === false,
  ];
  expect(await ways[which]?.()).toBe(true);
}

test("a plan begins at its time and ends at its own, each logged once", async () => {
  const clock = setClock();
  const opened = await openFlags({ clock: clock.read });
  const { flags } = opened;
  const plan = { startsAt: start + 1000, expiresAt: start + 2000 };
  await flags.updateOverrides([update("acme", "sms_reminders", true, plan)], call);
  const seen: boolean[] = [];
  for (const time of [999, 1000, 1999, 2000]) {
    clock.now = start + time;
    seen.push(await flags.check("acme", "sms_reminders"));
  }
  expect(seen).toEqual([false, true, true, false]);
  const [began] = await changesBy(scheduleActor, opened);
  const [ended] = await changesBy(expiryActor, opened);
  expect(began).toMatchObject({ time: start + 1000, after: { setting: { enabled: true, expiresAt: start + 2000 } } });
  expect(ended).toMatchObject({ time: start + 2000, after: undefined });
});

test("what became due while nothing ran has happened at the first read after reopening", async () => {
  const clock = setClock();
  const file = newFile();
  const before = await openFlags({ file, clock: clock.read });
  await before.flags.updateOverrides([update("acme", "sms_reminders", true, { expiresAt: start + 1000 })], call);
  await before.close();
  clock.now = start + 999;
  const early = await openFlags({ file, clock: clock.read });
  expect(await early.flags.check("acme", "sms_reminders")).toBe(true);
  await early.close();
  clock.now = start + 5000;
  const after = await openFlags({ file, clock: clock.read });
  expect(await after.flags.check("acme", "sms_reminders")).toBe(false);
  expect(await changesBy(expiryActor, after)).toHaveLength(1);
});

test("two processes that read at that moment end it once, and both see it ended", async () => {
  const clock = setClock();
  const file = newFile();
  const [here, there] = [await openFlags({ file, clock: clock.read }), await openFlags({ file, clock: clock.read })];
  const checks = () => Promise.all([here, there].map(async ({ flags }) => flags.check("acme", "sms_reminders")));
  for (let round = 1; round <= 10; round++) {
    const expiresAt = clock.now + 10;
    // The other process hears of it only by its next read, which comes when it is due already.
    await here.flags.updateOverrides([update("acme", "sms_reminders", true, { expiresAt })], call);
    clock.now = expiresAt;
    expect(await checks()).toEqual([false, false]);
    expect(await changesBy(expiryActor, here)).toHaveLength(round);
  }
});

test("a write at that moment finds the override ended", async () => {
  const clock = setClock();
  const { flags } = await openFlags({ clock: clock.read });
  const setting = { enabled: true, startsAt: undefined, expiresAt: start + 1000 };
  await flags.createOverride("acme", "sms_reminders", setting, call);
  clock.now = start + 999;
  const again = () => flags.createOverride("acme", "sms_reminders", { ...setting, expiresAt: start + 3000 }, call);
  await expect(again()).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  clock.now = start + 1000;
  expect(await again()).toMatchObject({ changed: true, enabled: true });
  expect(await flags.check("acme", "sms_reminders")).toBe(true);
});

test("more than one transaction takes is all done before the read goes on", async () => {
  const clock = setClock();
  const opened = await openFlags({ clock: clock.read });
  const many = Array.from({ length: 2500 }, (_, i) => update(`org${i}`, "beta", true, { expiresAt: start + 1000 }));
  await opened.flags.updateOverrides(many, call);
  expect(await opened.flags.check("org2499", "beta")).toBe(true);
  clock.now = start + 1000;
  expect(await opened.flags.check("org2499", "beta")).toBe(false);
  expect(await opened.flags.listOverrides({ ...everything, enabled: undefined, offset: 0, limit: 1 })).toEqual({
    overrides: [],
    total: 0,
  });
});

test("a read waits for what is due of its own organisation, not for the rest of what ends at that moment", async () => {
  const clock = setClock();
  const { flags, store } = await openFlags({ clock: clock.read });
  const many = Array.from({ length: 5000 }, (_, i) => update(`org${i}`, "beta", true, { expiresAt: start + 1000 }));
  await flags.updateOverrides(many, call);
  expect(await flags.check("org4999", "beta")).toBe(true);
  expect(await flags.check("acme", "beta")).toBe(false);
  const before = flags.revision;
  clock.now = start + 1000;
  // Answered at once: no promise.
  expect(flags.check("acme", "beta")).toBe(false);
  expect(flags.revision).toBe(before);
  const own = await Promise.all(["org4999", "org4998"].map(async (orgId) => flags.check(orgId, "beta")));
  expect(own).toEqual([false, false]);
  expect(flags.revision).toBeLessThan(before + many.length);
  expect(flags.check("acme", "beta")).toBe(false);
  await flags.updateOverrides([update("acme", "beta", true)], call);
  expect(flags.check("acme", "beta")).toBe(true);
  expect(flags.revision).toBeLessThan(before + many.length);
  expect(await flags.overrideCounts()).toEqual(new Map([["beta", { enabled: 1, disabled: 0 }]]));
  const ended = store.readChanges(before, 10_000).filter(({ actor }) => actor === expiryActor);
  expect(ended).toHaveLength(many.length);
  expect(new Set(ended.map((change) => change.kind === "override" && change.orgId)).size).toBe(many.length);
});

test("a due moment is told to watches that wait, without any read, and never early", async () => {
  const opened = await openFlags();
  const watch = opened.flags.watch({ filter: everything, heartbeatMs: 60_000 });
  await watch.next();
  const expiresAt = Date.now() + 300;
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true, { expiresAt })], call);
  await watch.next();
  const { value } = await watch.next();
  expect(value).toMatchObject({ kind: "change", change: { actor: expiryActor, orgId: "acme", after: undefined } });
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
});

test("whatever is set, planned and reset, an organisation has at any time what its plan says", async () => {
  const clock = setClock();
  const { flags } = await openFlags({ clock: clock.read });
  const step = fc.record({
    enabled: fc.constantFrom(true, false, undefined),
    starts: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    lasts: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    passes: fc.nat(25),
  });
  await flags.createFeature({ featureKey: "beta", description: "", defaultEnabled: false }, call);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      run += 1;
      const orgId = `org${run}`;
      const model = new Model();
      for (const { enabled, starts, lasts, passes } of steps) {
        const startsAt = starts === undefined ? undefined : clock.now + starts;
        const expiresAt = lasts === undefined ? undefined : (startsAt ?? clock.now) + lasts;
        model.set(clock.now, enabled, startsAt, expiresAt);
        await flags.updateOverrides([update(orgId, "beta", enabled, { startsAt, expiresAt })], call);
        const until = clock.now + passes;
        for (; clock.now < until; clock.now += 1 + (clock.now % 3)) {
          expect(await flags.check(orgId, "beta")).toBe(model.at(clock.now));
        }
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** What one override should be, worked out from what was asked for alone. */
class Model {
  #setting: { enabled: boolean; expiresAt: number } | undefined;
  #plan: { enabled: boolean; startsAt: number; expiresAt: number } | undefined;

  set(now: number, enabled: boolean | undefined, startsAt: number | undefined, expiresAt = Number.POSITIVE_INFINITY) {
    this.at(now);
    if (enabled === undefined) {
      this.#setting = undefined;
      this.#plan = undefined;
    } else if (startsAt === undefined) {
      this.#setting = { enabled, expiresAt };
    } else {
      this.#plan = { enabled, startsAt, expiresAt };
    }
  }

  at(now: number): boolean {
    if (this.#plan !== undefined && this.#plan.startsAt <= now) {
      this.#setting = this.#plan;
      this.#plan = undefined;
    }
    if (this.#setting !== undefined && this.#setting.expiresAt <= now) {
      this.#setting = undefined;
    }
    return this.#setting?.enabled ?? false;
  }
}
