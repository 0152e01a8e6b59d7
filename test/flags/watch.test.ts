import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Flags } from "../../src/flags/flags.ts";
import type { Watch, WatchEvent, WatchOptions } from "../../src/flags/watch-event.ts";
import type { Store } from "../../src/storage/store.ts";
import { call, newFile, type OpenedFlags, openFlags, unchanged, update } from "./open-flags.ts";

const everything = { orgId: undefined, featureKey: undefined };
const minute = 60_000;
const firstFeatures = 4;

function watch({ flags }: OpenedFlags, options: Partial<WatchOptions> = {}): Watch {
  return flags.watch({ filter: everything, heartbeatMs: minute, ...options });
}

async function pull(from: Watch): Promise<WatchEvent> {
  const { done, value } = await from.next();
  if (done === true) {
    throw new Error("the watch has ended");
  }
  return value;
}

/** `kind@revision`. */
async function take(from: Watch, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let i = 0; i < count; i++) {
    const { kind, revision } = await pull(from);
    taken.push(`${kind}@${revision}`);
  }
  return taken;
}

test("a watch says at once where it begins, then tells of each change, in memory already", async () => {
  const opened = await openFlags();
  const watching = watch(opened);
  expect(await take(watching, 1)).toEqual([`caughtUp@${firstFeatures}`]);
  const told = pull(watching);
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  const event = await told;
  expect(event).toMatchObject({
    kind: "change",
    revision: 5,
    change: { orgId: "acme", featureKey: "sms_reminders", actor: "ada", reason: "a test" },
  });
  expect(event.kind === "change" && event.change.after).toEqual({
    setting: { enabled: true, expiresAt: undefined },
    scheduled: undefined,
  });
  expect(watching.revision).toBe(5);
});

test("a watch from a revision tells of what has changed since, from the log and from memory alike", async () => {
  const file = newFile();
  const { flags } = await openFlags({ file });
  for (const enabled of [true, false, true]) {
    await flags.updateOverrides([update("acme", "sms_reminders", enabled)], call);
  }
  for (const opened of [{ flags }, await openFlags({ file })]) {
    const watching = opened.flags.watch({ filter: everything, heartbeatMs: minute, fromRevision: 5 });
    expect(await take(watching, 2)).toEqual(["change@6", "change@7"]);
  }
});

test("a watch from the last revision says at once that there is nothing", async () => {
  const opened = await openFlags();
  expect(await take(watch(opened, { fromRevision: firstFeatures }), 1)).toEqual(["caughtUp@4"]);
});

test("a watch from a revision after which nothing passes says at once that it is at the last one", async () => {
  const opened = await openFlags();
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true), update("acme", "beta", true)], call);
  const watching = watch(opened, { fromRevision: 4, filter: { orgId: undefined, featureKey: "multi_template" } });
  expect(await take(watching, 1)).toEqual(["caughtUp@7"]);
  expect(watching.revision).toBe(7);
});

test("watches that go on after the same revision are each told what their own filter lets pass", async () => {
  const file = newFile();
  const { flags } = await openFlags({ file });
  await flags.updateOverrides([update("acme", "sms_reminders", true), update("globex", "sms_reminders", true)], call);
  await flags.updateOverrides([update("acme", "multi_template", true)], call);
  // One that has nothing in memory.
  const opened = await openFlags({ file });
  const filters = [{ orgId: "acme" }, { orgId: "globex" }, { featureKey: "multi_template" }];
  const told = filters.map((filter) => {
    return pull(watch(opened, { fromRevision: 4, filter: { ...everything, ...filter } }));
  });
  expect((await Promise.all(told)).map(({ revision }) => revision)).toEqual([5, 6, 7]);
});

test("a snapshot comes first, then every change after it", async () => {
  const opened = await openFlags();
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true), update("globex", "beta", true)], call);
  await opened.flags.updateFeature("multi_template", { ...unchanged, archived: true }, call);
  const watching = watch(opened, { snapshot: true, filter: { orgId: "acme", featureKey: undefined } });
  const first = await pull(watching);
  expect(first).toMatchObject({ kind: "snapshot", revision: opened.flags.revision });
  const snapshot = first.kind === "snapshot" ? first.snapshot : undefined;
  expect(snapshot?.overrides.map(({ orgId, featureKey }) => [orgId, featureKey])).toEqual([["acme", "sms_reminders"]]);
  expect(snapshot?.features.map(({ featureKey }) => featureKey)).toContain("multi_template");
  expect(snapshot?.flags).toEqual((await opened.flags.effective("acme")).toRecord());
  await opened.flags.updateOverrides([update("globex", "beta", false), update("acme", "beta", true)], call);
  expect(await take(watching, 1)).toEqual([`change@${opened.flags.revision}`]);
});

test("what another process commits while a snapshot is read is in it, and not told again", async () => {
  const file = newFile();
  const [{ store }, there] = [await openFlags({ file }), await openFlags({ file })];
  const slow: Store = new Proxy(store, {
    get(target, name) {
      if (name === "readSnapshot") {
        return async (...args: Parameters<Store["readSnapshot"]>) => {
          await there.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
          return target.readSnapshot(...args);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const flags = await Flags.open(slow, { maxResidentOrganisations: 10, clock: Date.now });
  onTestFinished(() => flags.close());
  const watching = flags.watch({ filter: everything, heartbeatMs: minute, snapshot: true });
  expect(await pull(watching)).toMatchObject({ revision: 5, snapshot: { overrides: [{ orgId: "acme" }] } });
  const told = take(watching, 1);
  await there.flags.updateOverrides([update("globex", "sms_reminders", true)], call);
  expect(await told).toEqual(["change@6"]);
});

test("a snapshot of more overrides than one message takes is refused, with what to do", async () => {
  const opened = await openFlags();
  const all = Array.from({ length: 10_001 }, (_, i) => update(`org${i}`, "beta", true));
  await opened.flags.updateOverrides(all, call);
  await expect(watch(opened, { snapshot: true }).next()).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("more than 10000 overrides; watch one organisation or feature"),
  });
  const one = watch(opened, { snapshot: true, filter: { orgId: "org10000", featureKey: undefined } });
  expect(await pull(one)).toMatchObject({ kind: "snapshot", snapshot: { overrides: [{ orgId: "org10000" }] } });
});

test("a filter lets pass an organisation's changes with those of features, and a feature's", async () => {
  const opened = await openFlags();
  const ofAcme = watch(opened, { filter: { orgId: "acme", featureKey: undefined } });
  const ofBeta = watch(opened, { filter: { orgId: undefined, featureKey: "beta" } });
  await Promise.all([pull(ofAcme), pull(ofBeta)]);
  await opened.flags.createFeature({ featureKey: "beta", description: "", defaultEnabled: false }, call);
  const writes = [update("globex", "beta", true), update("acme", "beta", true), update("acme", "sms_reminders", true)];
  await opened.flags.updateOverrides(writes, call);
  expect(await take(ofAcme, 3)).toEqual(["change@5", "change@7", "change@8"]);
  expect(await take(ofBeta, 3)).toEqual(["change@5", "change@6", "change@7"]);
});

test("a silent watch says so within its time, with the revision up to which nothing passed", async () => {
  const opened = await openFlags();
  const watching = watch(opened, { heartbeatMs: 1000, filter: { orgId: "acme", featureKey: undefined } });
  await pull(watching);
  const begin = performance.now();
  const beat = pull(watching);
  const silence = setTimeout(1000, "silence");
  await opened.flags.updateOverrides([update("globex", "sms_reminders", true)], call);
  expect(await Promise.race([beat, silence])).toEqual({ kind: "caughtUp", revision: 5 });
  expect(performance.now() - begin).toBeGreaterThan(700);
});

test("a revision that is still to come is refused with the last one", async () => {
  const opened = await openFlags();
  const watching = watch(opened, { fromRevision: 5 });
  await expect(watching.next()).rejects.toMatchObject({
    code: "OUT_OF_RANGE",
    message: "from_revision: must be at most 4, the last revision, and not 5",
  });
  expect(await watching.next()).toEqual({ done: true, value: undefined });
});

test("a revision before the history is refused with where it begins, and the first that is kept is taken", async () => {
  const opened = await openFlags();
  for (const enabled of [true, false, true]) {
    await opened.flags.updateOverrides([update("acme", "sms_reminders", enabled)], call);
  }
  await opened.flags.pruneHistory({ maxAgeMs: undefined, maxChanges: 2 });
  await expect(watch(opened, { fromRevision: 4 }).next()).rejects.toMatchObject({
    code: "OUT_OF_RANGE",
    message: expect.stringContaining("from_revision: is before the history, which begins after revision 5"),
  });
  expect(await take(watch(opened, { fromRevision: 5 }), 2)).toEqual(["change@6", "change@7"]);
});

test("a watch that the history has left behind ends with where that begins", async () => {
  const file = newFile();
  const { flags } = await openFlags({ file });
  const all = Array.from({ length: 300 }, (_, i) => update(`org${i}`, "sms_reminders", true));
  await flags.updateOverrides(all, call);
  // Another process has none of that in memory.
  const slow = watch(await openFlags({ file }), { fromRevision: 10 });
  await take(slow, 100);
  await flags.pruneHistory({ maxAgeMs: undefined, maxChanges: 100 });
  await expect(slow.next()).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
});

test("changes that other processes pruned before this one looked do not stay unseen", async () => {
  const file = newFile();
  const here = await openFlags({ file });
  expect(await here.flags.check("acme", "sms_reminders")).toBe(false);
  const there = await openFlags({ file });
  await there.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  await there.flags.updateOverrides([update("globex", "sms_reminders", true)], call);
  await there.flags.pruneHistory({ maxAgeMs: undefined, maxChanges: 1 });
  expect(await here.flags.check("acme", "sms_reminders")).toBe(true);
});

test("two thousand watches hear of a change, all with the same object, and of none twice", async () => {
  const opened = await openFlags();
  const all = Array.from({ length: 2000 }, () => watch(opened));
  await Promise.all(all.map(pull));
  const told = all.map(pull);
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  const events = await Promise.all(told);
  expect(new Set(events).size).toBe(1);
  expect(events[0]).toMatchObject({ kind: "change", revision: 5 });
  await opened.flags.updateOverrides([update("acme", "sms_reminders", false)], call);
  expect(new Set((await Promise.all(all.map(pull))).map(({ revision }) => revision))).toEqual(new Set([6]));
});

test("a watch that is not pulled holds up none, and has missed nothing when it is", async () => {
  const opened = await openFlags();
  const [slow, quick] = [watch(opened), watch(opened)];
  await Promise.all([pull(slow), pull(quick)]);
  // More than stays in memory, by more than one batch.
  const batch = (enabled: boolean) =>
    Array.from({ length: 4000 }, (_, i) => update(`org${i}`, "sms_reminders", enabled));
  const heard: number[] = [];
  for (let round = 0; round < 6; round++) {
    await opened.flags.updateOverrides(batch(round % 2 === 0), call);
    for (let i = 0; i < 4000; i++) {
      heard.push((await pull(quick)).revision);
    }
  }
  const expected = Array.from({ length: 24_000 }, (_, i) => firstFeatures + 1 + i);
  expect(heard).toEqual(expected);
  const late: number[] = [];
  for (let i = 0; i < expected.length; i++) {
    late.push((await pull(slow)).revision);
  }
  expect(late).toEqual(expected);
});

test("commits of another process are told without any read here", async () => {
  const file = newFile();
  const [here, there] = [await openFlags({ file }), await openFlags({ file })];
  const watching = watch(here);
  await pull(watching);
  const told = take(watching, 2);
  await there.flags.updateOverrides([update("acme", "sms_reminders", true), update("acme", "beta", true)], call);
  expect(await told).toEqual(["change@5", "change@6"]);
});

test("a watch that waits goes on by the log when more came at once than memory follows", async () => {
  const file = newFile();
  const [here, there] = [await openFlags({ file }), await openFlags({ file })];
  const watching = watch(here, { filter: { orgId: "org7", featureKey: undefined } });
  await pull(watching);
  const told = take(watching, 3);
  const inOneCommit = Array.from({ length: 12_000 }, (_, i) => update(`org${i}`, "beta", true));
  await there.store.updateOverrides(inOneCommit, call);
  await there.store.updateOverrides([update("org7", "beta", false)], call);
  // The feature, which the first update adds; then the organisation's two.
  expect(await told).toEqual(["change@5", `change@${5 + 8}`, `change@${5 + 12_001}`]);
});

test("pulled again before there is an answer, it answers one after the other", async () => {
  const opened = await openFlags();
  const watching = watch(opened);
  const pulls = take(watching, 1).then(() => Promise.all([pull(watching), pull(watching), pull(watching)]));
  await opened.flags.check("acme", "sms_reminders");
  await opened.flags.updateOverrides(
    ["acme", "globex", "initech"].map((orgId) => update(orgId, "sms_reminders", true)),
    call,
  );
  expect((await pulls).map(({ revision }) => revision)).toEqual([5, 6, 7]);
});

test("it ends at once when it is returned or aborted, also while it waits", async () => {
  const opened = await openFlags();
  const ended = { done: true, value: undefined };
  const abort = new AbortController();
  const [returned, aborted] = [watch(opened), watch(opened, { signal: abort.signal })];
  await Promise.all([pull(returned), pull(aborted)]);
  const waiting = [returned.next(), aborted.next()];
  abort.abort();
  await returned.return();
  expect(await Promise.all(waiting)).toEqual([ended, ended]);
  expect(await Promise.all([returned.next(), aborted.next()])).toEqual([ended, ended]);
  expect(await watch(opened, { signal: AbortSignal.abort() }).next()).toEqual(ended);
});

test("told that its client does not read, it says where to go on", async () => {
  const opened = await openFlags();
  const watching = watch(opened);
  await pull(watching);
  await opened.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  await expect(watching.throw(new Error("cut"))).rejects.toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    message: "the client does not read; go on after revision 4",
  });
  expect(await take(watch(opened, { fromRevision: 4 }), 1)).toEqual(["change@5"]);
});

test("closed flags end the watches that wait, those that are pulled later, and new ones", async () => {
  const opened = await openFlags();
  const [waits, later] = [watch(opened), watch(opened)];
  await Promise.all([pull(waits), pull(later)]);
  const waiting = expect(waits.next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  opened.flags.close();
  await waiting;
  await expect(later.next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(watch(opened).next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await later.next()).toEqual({ done: true, value: undefined });
});
