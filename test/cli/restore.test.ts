import {
  copyFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { Restore } from "../../src/storage/sqlite/backup/restore.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { filledAt, filledDatabase, filledRevision, tamper } from "../storage/sqlite/filled-database.ts";
import { call, on } from "../storage/store-under-test.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { WritingClient } from "../writing-client.ts";

function restore(file: string, backup: string) {
  return runOrgflags(["restore", "--db", file, backup]).ended;
}

/** What stands beside a file that was put away by a restore. */
function asides(file: string): string[] {
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.before-restore-`));
  return names.map((name) => join(dirname(file), name)).sort();
}

/** What stands beside a file that has not become it. */
function partials(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.partial`));
}

/** A filled database with one more override. */
async function laterDatabase(): Promise<string> {
  const file = await filledDatabase();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  await store.createOverride("hooli", "new.one", on, call);
  await store.close();
  return file;
}

test("a drill: backed up beside a service, killed, restored, and served again as it was", {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  const [file, target] = [join(folder, "orgflags.db"), join(folder, "backup.db")];
  const service = runService(file);
  const client = new WritingClient(await service.url);
  await client.atLeast(20);
  expect((await runOrgflags(["backup", "--db", file, target]).ended).exitCode).toBe(0);
  await client.atLeast(20);
  const refused = await restore(file, target);
  expect(refused).toMatchObject({
    exitCode: exitCodes.refused,
    stdout: "",
    stderr: `orgflags: the database ${file} is in use, by a running service or by another program; stop it first\n`,
  });
  await client.atLeast(20);
  service.kill("SIGKILL");
  await service.ended;
  await client.stop();
  const restored = await restore(file, target);
  expect(restored).toMatchObject({ exitCode: exitCodes.ok, stderr: "" });
  const [aside = "", ...more] = asides(file);
  expect(more).toEqual([]);
  expect(restored.stdout.split("\n").slice(1)).toEqual([`what was there before is ${aside}`, ""]);
  // All that was acknowledged is in what was put away, and nothing of that in what came.
  expect(verifyFile(aside)).toMatchObject({ findings: [] });
  expect(verifyFile(aside).contents?.revision).toBeGreaterThanOrEqual(client.revision);
  const { contents } = verifyFile(target);
  expect(contents?.revision).toBeLessThan(client.revision);
  expect(verifyFile(file)).toMatchObject({ findings: [], contents });
  const again = runService(file);
  const url = await again.url;
  const answer = await fetch(`${url}/api/v1/org-feature-flags`);
  expect(Number(answer.headers.get("orgflags-revision"))).toBe(contents?.revision);
  // A watch that was further than the backup is told so.
  const watch = await fetch(`${url}/api/v1/changes:watch?from_revision=${client.revision}`);
  expect(await watch.json()).toMatchObject({ code: 11, message: expect.stringContaining("from_revision") });
});

test("a restore of tokens says that those count again which were revoked since", async () => {
  const file = await filledDatabase();
  const backup = `${file}.backup`;
  const token = (...args: string[]) => runOrgflags(["token", ...args, "--db", file]).ended;
  const { stdout } = await token("create", "--role", "viewer");
  await runOrgflags(["backup", "--db", file, backup]).ended;
  await token("revoke", stdout.split(" ")[1] ?? "");
  const restored = await restore(file, backup);
  expect(restored.stdout.split("\n")).toContain(
    "1 token counts as it did then; revoke again what was revoked since: " +
      `"orgflags token list --db ${file}" lists them, and with what was there before says what was`,
  );
  expect((await token("list")).stdout).toContain(" counts ");
});

test.for<[string, (file: string) => void]>([
  ["text", (file) => writeFileSync(file, "text\n".repeat(1000))],
  ["cut", (file) => truncateSync(file, 5000)],
  ["full of ones", (file) => writeFileSync(file, readFileSync(file).fill(0xff, 4096))],
  ["newer", (file) => tamper(file, "PRAGMA user_version = 99")],
])("a database that is %s is put away as it is", async ([, spoil]) => {
  const [file, backup] = [await laterDatabase(), await filledDatabase()];
  spoil(file);
  const before = readFileSync(file);
  expect(await restore(file, backup)).toMatchObject({ exitCode: exitCodes.ok });
  expect(asides(file).map((path) => withoutMode(readFileSync(path)).equals(withoutMode(before)))).toEqual([true]);
  expect(verifyFile(file)).toMatchObject({ findings: [], contents: { revision: filledRevision } });
  expect(readdirSync(dirname(file)).sort()).toEqual([basename(file), ...asides(file).map((path) => basename(path))]);
});

test("the log of a damaged database is put away with it, and never taken for the new one's", async () => {
  const [file, backup] = [await filledDatabase(), await filledDatabase()];
  const db = new Database(`${file}.live`);
  onTestFinished(() => void db.close());
  copyFileSync(file, `${file}.live`);
  db.pragma("journal_mode = WAL");
  db.exec("UPDATE override_counts SET count = 7");
  copyFileSync(`${file}.live-wal`, `${file}-wal`);
  const log = readFileSync(`${file}-wal`);
  rmSync(file);
  expect(await restore(file, backup)).toMatchObject({ exitCode: exitCodes.ok });
  const [aside = ""] = asides(file);
  expect(aside.endsWith("-wal")).toBe(true);
  expect(readFileSync(aside).equals(log)).toBe(true);
  expect(verifyFile(file).findings).toEqual([]);
});

test("where there is no database, the folder is made, and nothing is put away", async () => {
  const backup = await filledDatabase();
  const file = join(temporaryFolder(), "a", "b", "orgflags.db");
  const { exitCode, stdout } = await restore(file, backup);
  expect({ exitCode, stdout }).toEqual({
    exitCode: exitCodes.ok,
    stdout: `${file} is what ${backup} was: 5 features, 2 overrides, 2 scheduled settings, 13 changes, revision 13\n`,
  });
  expect(readdirSync(dirname(file)).sort()).toEqual(["orgflags.db"]);
});

test("a backup of version 1 is restored, and brought to the latest version when the service starts", {
  timeout: 120_000,
}, async () => {
  const backup = join(temporaryFolder(), "backup.db");
  const db = new Database(backup);
  db.exec(readFileSync(new URL("../storage/sqlite/version-1.sql", import.meta.url), "utf8"));
  db.close();
  const file = await filledDatabase();
  expect(await restore(file, backup)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("of version 1") });
  const service = runService(file);
  const list = await (await fetch(`${await service.url}/api/v1/org-feature-flags`)).json();
  expect(list).toMatchObject({ pagination: { total: 3 } });
  service.kill("SIGTERM");
  await service.ended;
  expect(verifyFile(file).findings).toEqual([]);
});

test.for<[string, (file: string) => void, number, string]>([
  [
    "other than its history",
    (file) => tamper(file, "UPDATE overrides SET enabled = 0 WHERE org_id = 'acme'"),
    exitCodes.databaseDamaged,
    "is damaged: overrides: that of",
  ],
  [
    "no database",
    (file) => writeFileSync(file, "text\n".repeat(1000)),
    exitCodes.databaseDamaged,
    "is damaged or is no",
  ],
  ["empty", (file) => writeFileSync(file, ""), exitCodes.databaseDamaged, "is empty"],
  ["newer", (file) => tamper(file, "PRAGMA user_version = 99"), exitCodes.databaseNewer, "use a newer orgflags"],
  ["of another program", (file) => tamper(file, "PRAGMA application_id = 7"), exitCodes.databaseForeign, "of another"],
  ["not there", (file) => rmSync(file), exitCodes.databaseUnwritable, "no such file"],
])("a backup that is %s is not restored", async ([, spoil, exitCode, why]) => {
  const [file, backup] = [await laterDatabase(), await filledDatabase()];
  spoil(backup);
  const before = readFileSync(file);
  const ended = await restore(file, backup);
  expect(ended).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(why) });
  expect(ended.stderr).toMatch(new RegExp(`^orgflags: (the database )?${RegExp.escape(backup)} [^\n]*\n$`));
  expect(withoutMode(readFileSync(file)).equals(withoutMode(before))).toBe(true);
  expect([asides(file), partials(file)]).toEqual([[], []]);
});

test("the database of another program is left alone", async () => {
  const [file, backup] = [await filledDatabase(), await filledDatabase()];
  tamper(file, "PRAGMA application_id = 7");
  expect(await restore(file, backup)).toMatchObject({
    exitCode: exitCodes.databaseForeign,
    stderr: expect.stringContaining(file),
  });
  expect(asides(file)).toEqual([]);
});

test("a database is no backup of itself", async () => {
  const file = await filledDatabase();
  expect(await restore(file, join(dirname(file), ".", basename(file)))).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${file} is the database itself; name a backup of it\n`,
  });
});

test.for(["partial", "partial-0123456789ab"])(
  "a backup that is called FILE.%s is read, and left alone",
  async (end) => {
    const [file, other] = [await laterDatabase(), await filledDatabase()];
    const backup = `${file}.${end}`;
    renameSync(other, backup);
    utimesSync(backup, new Date(0), new Date(0));
    const before = readFileSync(backup);
    expect(await restore(file, backup)).toMatchObject({ exitCode: exitCodes.ok });
    expect(readFileSync(backup).equals(before)).toBe(true);
    expect(verifyFile(file)).toMatchObject({ findings: [], contents: { revision: filledRevision } });
  },
);

test("two restores at a time don't meet: what was there, and what came first, are both kept", async () => {
  const [file, backup] = [await laterDatabase(), await filledDatabase()];
  const [one, two, three] = [1, 2, 3].map(() => Restore.begin(file, backup)) as [Restore, Restore, Restore];
  await Promise.all([one.make(), two.make()]);
  three.discard();
  const now = new Date();
  const kept = [one.commit(now), two.commit(now)];
  expect(asides(file)).toEqual(kept);
  expect(kept.map((path) => verifyFile(path ?? "").contents?.revision)).toEqual([filledRevision + 1, filledRevision]);
  expect(verifyFile(file)).toMatchObject({ findings: [], contents: { revision: filledRevision } });
  expect(partials(file)).toEqual([]);
});

test("a link to a database is followed, and what was there is kept beside the database", async () => {
  const [file, backup] = [await laterDatabase(), await filledDatabase()];
  const link = join(temporaryFolder(), "orgflags.db");
  symlinkSync(file, link);
  expect(await restore(link, backup)).toMatchObject({ exitCode: exitCodes.ok });
  expect(readlinkSync(link)).toBe(file);
  expect(readdirSync(dirname(link))).toEqual(["orgflags.db"]);
  expect(verifyFile(file).contents?.revision).toBe(filledRevision);
  expect(asides(file).map((path) => verifyFile(path).contents?.revision)).toEqual([filledRevision + 1]);
});

test.for<[string, (folder: string) => string, number, string]>([
  ["a folder", (folder) => folder, exitCodes.refused, "is a folder; name a file in it"],
  [
    "a name that no file can have",
    (folder) => join(folder, "a".repeat(300)),
    exitCodes.databaseUnwritable,
    "can't be written (ENAMETOOLONG",
  ],
  ["a file in what is no folder", () => "/dev/null/orgflags.db", exitCodes.databaseUnwritable, "can't be written ("],
  [
    "a file in a folder that can't be made",
    () => "/proc/nowhere/orgflags.db",
    exitCodes.databaseUnwritable,
    "can't be written (",
  ],
])("%s is no database to restore to", async ([, place, exitCode, why]) => {
  const file = place(temporaryFolder());
  const ended = await restore(file, await filledDatabase());
  expect(ended).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(`orgflags: ${file} ${why}`) });
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
});

test("a backup by a name that no file can have is refused in words", async () => {
  const ended = await restore(await filledDatabase(), "b".repeat(300));
  expect(ended).toMatchObject({
    exitCode: exitCodes.databaseUnwritable,
    stderr: expect.stringContaining("can't be read (ENAMETOOLONG"),
  });
});

test("who may read the database stays as it was", async () => {
  const [file, backup] = [await filledDatabase(), await filledDatabase()];
  const db = new Database(file);
  db.close();
  writeFileSync(file, readFileSync(file), { mode: 0o640 });
  const { mode } = statSync(file);
  await restore(file, backup);
  expect(statSync(file).mode).toBe(mode);
});

/** The head of the file says whether it is in WAL mode; see https://sqlite.org/fileformat.html. */
function withoutMode(bytes: Buffer): Buffer {
  return bytes.subarray(0, 16).equals(Buffer.from("SQLite format 3\0"))
    ? Buffer.concat([bytes.subarray(0, 18), bytes.subarray(20, 24), bytes.subarray(28, 92), bytes.subarray(100)])
    : bytes;
}
