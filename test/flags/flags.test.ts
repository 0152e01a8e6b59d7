import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Flags } from "../../src/flags/flags.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const call = { actor: "ada", reason: "a test" };
const unchanged = { description: undefined, defaultEnabled: undefined, archived: undefined };
const always = { enabled: true, startsAt: undefined, expiresAt: undefined };
const on = (orgId: string, featureKey: string) => ({ orgId, featureKey, setting: always, at: "" });
const off = (orgId: string, featureKey: string) => ({
  ...on(orgId, featureKey),
  setting: { ...always, enabled: false },
});

interface Opened {
  readonly flags: Flags;
  readonly store: SqliteStore;
  readonly statements: string[];
}

async function open(file = join(temporaryFolder(), "orgflags.db"), maxResidentOrganisations = 1000): Promise<Opened> {
  const statements: string[] = [];
  const clock = Date.now;
  const store = await SqliteStore.open({ file, catalogue: "open", clock, trace: (sql) => statements.push(sql) });
  onTestFinished(() => store.close());
  const flags = await Flags.open(store, { maxResidentOrganisations, clock });
  onTestFinished(() => flags.close());
  return { flags, store, statements };
}

/** The statements that read more than SQLite's own counter of commits, which is in shared memory; Linux reads neither. */
function reading(statements: readonly string[]): string[] {
  return statements.filter((sql) => sql !== "PRAGMA data_version");
}

test("a reader sees nothing of a write before it is committed, and all of it once it is acknowledged", async () => {
  const { flags } = await open();
  await flags.check("acme", "sms_reminders");
  const write = flags.updateOverrides([on("acme", "sms_reminders"), on("acme", "multi_template")], call);
  const seen = (await flags.effective("acme")).toRecord();
  expect([seen.sms_reminders, seen.multi_template]).toEqual([false, false]);
  await write;
  const after = (await flags.effective("acme")).toRecord();
  expect([after.sms_reminders, after.multi_template]).toEqual([true, true]);
});

test("after a write is acknowledged every later read sees it, also of organisations that nobody asked for before", async () => {
  const { flags } = await open();
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const orgId = `org${i % 10}`;
      const featureKey = `feature${i}`;
      await flags.updateOverrides([on(orgId, featureKey)], call);
      expect(await flags.check(orgId, featureKey)).toBe(true);
    }),
  );
});

test("a commit of another process is seen by the next read", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const { flags } = await open(file);
  expect(await flags.check("acme", "sms_reminders")).toBe(false);
  const other = await startOtherProcess(file);
  for (const enabled of [true, false, true]) {
    await ask(other, { orgId: "acme", featureKey: "sms_reminders", enabled });
    expect(await flags.check("acme", "sms_reminders")).toBe(enabled);
  }
  await ask(other, { orgId: "acme", featureKey: "made.elsewhere", enabled: true });
  expect(await flags.check("acme", "made.elsewhere")).toBe(true);
  expect((await flags.effective("acme")).toRecord()).toHaveProperty("made\\.elsewhere", true);
});

test("a default is never stored for an organisation: a changed one reaches all without an override at once", async () => {
  const { flags, store } = await open();
  await flags.updateOverrides([off("acme", "sms_reminders")], call);
  expect(await flags.check("globex", "sms_reminders")).toBe(false);
  await flags.updateFeature("sms_reminders", { ...unchanged, defaultEnabled: true }, call);
  expect(await flags.check("globex", "sms_reminders")).toBe(true);
  expect(await flags.check("acme", "sms_reminders")).toBe(false);
  const everything = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 100 };
  expect(store.listOverrides(everything).overrides.map(({ orgId }) => orgId)).toEqual(["acme"]);
});

test("reading a flag touches no disk once its organisation is in memory", async () => {
  const { flags, statements } = await open();
  await flags.updateOverrides([on("acme", "sms_reminders")], call);
  await flags.check("acme", "sms_reminders");
  statements.length = 0;
  for (let i = 0; i < 100; i++) {
    await flags.check("acme", "sms_reminders");
    await flags.effective("acme");
  }
  expect(reading(statements)).toEqual([]);
});

test("a read from memory is answered without a promise", async () => {
  const { flags } = await open();
  await flags.check("acme", "sms_reminders");
  expect(flags.check("acme", "sms_reminders")).toBe(false);
});

test("an organisation is read once, when it is first asked for", async () => {
  const { flags, statements } = await open();
  await flags.updateOverrides([on("acme", "sms_reminders"), on("globex", "sms_reminders")], call);
  expect(flags.residentOrganisations).toBe(0);
  statements.length = 0;
  await flags.check("acme", "sms_reminders");
  await flags.check("acme", "multi_template");
  expect(flags.residentOrganisations).toBe(1);
  expect(reading(statements).filter((sql) => sql.includes("FROM overrides"))).toEqual([
    "SELECT * FROM overrides WHERE org_id = 'acme'",
  ]);
});

test("opening reads the catalogue alone, however much is stored", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const { flags } = await open(file);
  await flags.updateOverrides(
    Array.from({ length: 1000 }, (_, i) => on(`org${i}`, "sms_reminders")),
    call,
  );
  const { statements, flags: again } = await open(file);
  // When something is next due is the first entry of an index.
  expect(statements.filter((sql) => sql.includes("overrides") && !sql.includes("min(due)"))).toEqual([]);
  expect(statements.length).toBeLessThan(20);
  expect(again.residentOrganisations).toBe(0);
});

test("past the bound an organisation goes that nobody asked for lately, and the others stay", async () => {
  const { flags, statements } = await open(undefined, 3);
  const loads = async (...orgIds: string[]) => {
    statements.length = 0;
    for (const orgId of orgIds) {
      await flags.check(orgId, "sms_reminders");
    }
    return reading(statements).flatMap((sql) => /FROM overrides WHERE org_id = '(\w+)'/.exec(sql)?.[1] ?? []);
  };
  expect(await loads("a", "b", "c")).toEqual(["a", "b", "c"]);
  // The oldest one was asked for again, so another goes.
  expect(await loads("a", "d")).toEqual(["d"]);
  expect(await loads("a", "c", "d")).toEqual([]);
  expect(await loads("b")).toEqual(["b"]);
  expect(flags.residentOrganisations).toBe(3);
});

test("what was read of an organisation stays what it is when another one takes its place in memory", async () => {
  const { flags } = await open(undefined, 1);
  await flags.updateOverrides([on("acme", "sms_reminders"), on("globex", "multi_template")], call);
  const acme = await flags.effective("acme");
  const globex = await flags.effective("globex");
  expect(flags.residentOrganisations).toBe(1);
  expect(acme.toRecord()).toMatchObject({ sms_reminders: true, multi_template: false });
  expect(globex.toRecord()).toMatchObject({ sms_reminders: false, multi_template: true });
});

test("refresh reads the organisation anew and says when", async () => {
  const { flags, statements } = await open();
  await flags.updateOverrides([on("acme", "sms_reminders")], call);
  const first = await flags.effective("acme");
  statements.length = 0;
  const before = Date.now();
  const refreshed = await flags.refresh("acme");
  expect(reading(statements)).toContain("SELECT * FROM overrides WHERE org_id = 'acme'");
  expect(refreshed.refreshedAt).toBeGreaterThanOrEqual(before);
  expect(refreshed.toRecord()).toEqual(first.toRecord());
  expect((await flags.effective("acme")).refreshedAt).toBe(refreshed.refreshedAt);
});

test("effective flags come in the order in which features were added, without archived ones", async () => {
  const { flags } = await open();
  await flags.createFeature({ featureKey: "a_new_one", description: "", defaultEnabled: true }, call);
  await flags.updateFeature("encrypted_storage", { ...unchanged, archived: true }, call);
  const expected = { driver_declarations: false, sms_reminders: false, multi_template: false, a_new_one: true };
  const effective = (await flags.effective("acme")).toRecord();
  expect(Object.entries(effective)).toEqual(Object.entries(expected));
  await expect(async () => flags.check("acme", "encrypted_storage")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: 'feature_key: the feature "encrypted_storage" is archived',
  });
});

test("a feature that was deleted and added again has no overrides left in memory", async () => {
  const { flags } = await open();
  await flags.updateOverrides([on("acme", "beta")], call);
  expect(await flags.check("acme", "beta")).toBe(true);
  await flags.deleteFeature("beta", true, call);
  await expect(async () => flags.check("acme", "beta")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await flags.createFeature({ featureKey: "beta", description: "", defaultEnabled: false }, call);
  expect(await flags.check("acme", "beta")).toBe(false);
});

test("names of JavaScript's own are ids and keys like any other", async () => {
  const { flags } = await open();
  await expect(async () => flags.check("constructor", "constructor")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await flags.updateOverrides([on("constructor", "constructor")], call);
  expect(await flags.check("constructor", "constructor")).toBe(true);
  expect(await flags.check("toString", "constructor")).toBe(false);
  expect(Object.hasOwn((await flags.effective("valueOf")).toRecord(), "constructor")).toBe(true);
});

test("a map that fell far behind starts anew instead of following", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const { flags, statements } = await open(file);
  await flags.check("org1", "sms_reminders");
  expect(flags.residentOrganisations).toBe(1);
  const { store: other } = await open(file);
  const batch = (set: typeof on) => Array.from({ length: 6000 }, (_, i) => set(`org${i}`, "a"));
  await other.updateOverrides(batch(off), call);
  await other.updateOverrides(batch(on), call);
  statements.length = 0;
  expect(await flags.check("org1", "a")).toBe(true);
  expect(statements).toContain("SELECT * FROM features ORDER BY position");
  expect(flags.revision).toBe(4 + 1 + 12_000);
});

test("the version of an organisation is the one that a conditional write takes, also where the flags were opened later", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const { flags: first } = await open(file);
  await first.deleteFeature("multi_template", true, call);
  await first.updateOverrides([on("acme", "sms_reminders"), on("globex", "sms_reminders")], call);
  for (const { flags } of [{ flags: first }, await open(file)]) {
    const { version } = await flags.effective("acme");
    const ifMatch = (versions: string[]) => ({ ...call, conditions: { ifRevision: undefined, ifMatch: versions } });
    await flags.deleteOverrides("acme", ifMatch([version]));
    const refused = { code: "ABORTED", precondition: "IF_MATCH" };
    await expect(flags.deleteOverrides("acme", ifMatch([version]))).rejects.toMatchObject(refused);
    await flags.updateOverrides([on("acme", "sms_reminders")], call);
  }
});

test("what became due is written also while no other write is taken", async () => {
  let now = 1_800_000_000_000;
  const file = join(temporaryFolder(), "orgflags.db");
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => now, maxWaitingWrites: 1 });
  onTestFinished(() => store.close());
  const flags = await Flags.open(store, { maxResidentOrganisations: 10, clock: () => now });
  onTestFinished(() => flags.close());
  const setting = { enabled: true, startsAt: undefined, expiresAt: now + 1000 };
  await flags.updateOverrides([{ orgId: "acme", featureKey: "sms_reminders", setting, at: "" }], call);
  const writes = ["a", "b", "c"].map((orgId) => flags.updateOverrides([on(orgId, "beta")], call));
  now += 1000;
  const [settled, isOn] = await Promise.all([Promise.allSettled(writes), flags.check("acme", "sms_reminders")]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(isOn).toBe(false);
});

async function startOtherProcess(file: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "other-process.ts"), [file], { execArgv: [] });
  onTestFinished(async () => {
    const exit = once(child, "exit");
    child.disconnect();
    await exit;
  });
  await once(child, "message");
  return child;
}

async function ask(child: ChildProcess, write: { orgId: string; featureKey: string; enabled: boolean }): Promise<void> {
  const answer = once(child, "message");
  child.send(write);
  await answer;
}
