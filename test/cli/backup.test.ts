import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { beginBackup } from "../../src/storage/sqlite/backup/backup.ts";
import type { SoundCopy } from "../../src/storage/sqlite/backup/sound-copy.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { filledAt, filledDatabase, tamper } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { WritingClient } from "../writing-client.ts";

function backup(file: string, target: string, ...flags: readonly string[]) {
  return runOrgflags(["backup", "--db", file, target, ...flags]).ended;
}

test("a backup beside a service that writes has what was acknowledged before, is of one moment, and is one file", {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  const [file, target] = [join(folder, "orgflags.db"), join(folder, "backup.db")];
  const service = runService(file);
  const client = new WritingClient(await service.url);
  await client.atLeast(50);
  const before = client.revision;
  const ended = await backup(file, target);
  await client.atLeast(50);
  await client.stop();
  const { findings, contents } = verifyFile(target);
  expect(findings).toEqual([]);
  expect(contents?.revision).toBeGreaterThanOrEqual(before);
  expect(contents?.revision).toBeLessThanOrEqual(client.revision);
  expect(ended).toMatchObject({
    exitCode: exitCodes.ok,
    stdout: expect.stringMatching(`^${RegExp.escape(target)} is a backup of .*, revision ${contents?.revision}\n$`),
    stderr: "",
  });
  expect(client.failures).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith("backup"))).toEqual(["backup.db"]);
  // Whoever may not read the one may not read the other.
  expect(statSync(target).mode).toBe(statSync(file).mode);
});

test("a backup keeps every row of every table", async () => {
  const file = await filledDatabase(6);
  const target = `${file}.backup`;
  await backup(file, target);
  expect(rowsOf(target)).toEqual(rowsOf(file));
});

test("a backup of version 1 is of version 1", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const db = new Database(file);
  db.exec(readFileSync(new URL("../storage/sqlite/version-1.sql", import.meta.url), "utf8"));
  db.close();
  const { exitCode, stdout } = await backup(file, `${file}.backup`);
  expect({ exitCode, stdout }).toEqual({ exitCode: exitCodes.ok, stdout: expect.stringContaining(", of version 1, ") });
  expect(rowsOf(`${file}.backup`)).toEqual(rowsOf(file));
});

test("a file that is there is replaced by --force alone", { timeout: 120_000 }, async () => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  writeFileSync(target, "precious");
  expect(await backup(file, target)).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${target} is there already; name another file, or use --force to replace it\n`,
  });
  expect(readFileSync(target, "utf8")).toBe("precious");
  expect(await backup(file, target, "--force")).toMatchObject({ exitCode: exitCodes.ok });
  expect(verifyFile(target).findings).toEqual([]);
});

test("what is left of a backup that was killed goes with the next one, once nobody has written to it for an hour", async () => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  const [old, fresh, other] = ["partial-0123456789ab", "partial-ba9876543210", "partial-yesterday"].map((end) => {
    writeFileSync(`${target}.${end}`, "half");
    return `${target}.${end}`;
  }) as [string, string, string];
  for (const path of [old, other]) {
    utimesSync(path, new Date(), new Date(Date.now() - 3_700_000));
  }
  expect(await backup(file, target)).toMatchObject({ exitCode: exitCodes.ok });
  expect(partials(target)).toEqual([fresh, other].map((path) => basename(path)));
});

test.for(["partial", "partial-0123456789ab"])(
  "a database that is called TARGET.%s is never taken for a leftover",
  async (end) => {
    const file = await filledDatabase();
    const target = `${file}.backup`;
    const source = `${target}.${end}`;
    renameSync(file, source);
    utimesSync(source, new Date(0), new Date(0));
    const before = readFileSync(source);
    expect(await backup(source, target, "--force")).toMatchObject({ exitCode: exitCodes.ok });
    expect(readFileSync(source).equals(before)).toBe(true);
    expect(verifyFile(target).findings).toEqual([]);
  },
);

test("two backups to one file at a time don't meet: the last one to be whole stays", async () => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  const [one, two, three] = [1, 2, 3].map(() => beginBackup(file, target, true)) as [SoundCopy, SoundCopy, SoundCopy];
  await Promise.all([one.make(), two.make()]);
  three.discard();
  one.commit(true);
  two.commit(true);
  expect(verifyFile(target).findings).toEqual([]);
  expect(partials(target)).toEqual([]);
});

test("of two backups to one file that is not to be replaced the first one stays", async () => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  const [one, two] = [1, 2].map(() => beginBackup(file, target, false)) as [SoundCopy, SoundCopy];
  await Promise.all([one.make(), two.make()]);
  one.commit(false);
  const { ino } = statSync(target);
  expect(() => two.commit(false)).toThrow(`${target} is there by now; name another file, or use --force to replace it`);
  two.discard();
  expect(statSync(target).ino).toBe(ino);
  expect(partials(target)).toEqual([]);
});

test("a link to another folder is followed, and stays a link", async () => {
  const file = await filledDatabase();
  const [link, place] = [`${file}.link`, join(temporaryFolder(), "backup.db")];
  symlinkSync(place, link);
  expect(await backup(file, link)).toMatchObject({ exitCode: exitCodes.ok });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(lstatSync(place).isFile()).toBe(true);
  expect(await backup(file, link)).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${place} is there already; name another file, or use --force to replace it\n`,
  });
  expect(await backup(file, link, "--force")).toMatchObject({ exitCode: exitCodes.ok });
  expect(readlinkSync(link)).toBe(place);
  symlinkSync(`${file}.loop`, `${file}.loop`);
  expect(await backup(file, `${file}.loop`)).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${file}.loop is a symbolic link that leads nowhere; name a file\n`,
  });
});

test("a link to the database is the database", async () => {
  const file = await filledDatabase();
  symlinkSync(file, `${file}.link`);
  expect(await backup(file, `${file}.link`, "--force")).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${file} is the database itself; name another file\n`,
  });
});

test("a name that no file can have is refused in words", async () => {
  const file = await filledDatabase();
  const target = join(temporaryFolder(), "a".repeat(300));
  const { exitCode, stdout, stderr } = await backup(file, target);
  expect({ exitCode, stdout }).toEqual({ exitCode: exitCodes.databaseUnwritable, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^orgflags: ${target} can't be written \\(ENAMETOOLONG[^\n]*\n$`));
});

test.for(["", "-wal", "-shm"])("the database itself is no target: FILE%s", async (end) => {
  const file = await filledDatabase();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  onTestFinished(() => store.close());
  const ended = await backup(file, file + end, "--force");
  expect(ended).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${file}${end} is the database itself; name another file\n`,
  });
});

test("a database that is in use is no target", async () => {
  const file = await filledDatabase();
  const other = await filledDatabase();
  const store = await SqliteStore.open({ file: other, catalogue: "open", clock: () => filledAt });
  onTestFinished(() => store.close());
  const ended = await backup(file, other, "--force");
  expect(ended).toMatchObject({ exitCode: exitCodes.refused, stderr: expect.stringContaining("that is in use") });
});

test("a folder is no target, nor is a file in one that is not there", async () => {
  const file = await filledDatabase();
  const folder = temporaryFolder();
  expect(await backup(file, folder, "--force")).toMatchObject({
    exitCode: exitCodes.refused,
    stderr: `orgflags: ${folder} is a folder; name a file in it\n`,
  });
  expect(await backup(file, join(folder, "a", "b"))).toMatchObject({
    exitCode: exitCodes.databaseUnwritable,
    stderr: `orgflags: ${join(folder, "a", "b")} can't be written (there is no folder ${join(folder, "a")})\n`,
  });
});

test.for<[string, (file: string) => void, number, string]>([
  [
    "other than its history",
    (file) => tamper(file, "UPDATE overrides SET enabled = 0 WHERE org_id = 'acme'"),
    exitCodes.databaseDamaged,
    'is damaged: overrides: that of "sms_reminders" for "acme" is',
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
])("a database that is %s takes the place of no backup", async ([, spoil, exitCode, why]) => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  writeFileSync(target, "an older backup");
  spoil(file);
  const ended = await backup(file, target, "--force");
  expect(ended).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(why) });
  expect(readFileSync(target, "utf8")).toBe("an older backup");
  expect(partials(target)).toEqual([]);
});

test.for(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s ends a backup, and nothing of it stays", async (signal) => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  // Whoever wants to read the file waits.
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.pragma("locking_mode = EXCLUSIVE");
  other.exec("BEGIN EXCLUSIVE");
  const begun = made(target);
  const running = runOrgflags(["backup", "--db", file, target]);
  await begun;
  running.kill(signal);
  expect(await running.ended).toMatchObject({ signal, stdout: "" });
  expect([existsSync(target), partials(target)]).toEqual([false, []]);
});

test("a backup that the disk has no room for is refused in words, and nothing of it stays", async () => {
  const file = await filledDatabase();
  const target = `${file}.backup`;
  const main = join(import.meta.dirname, "../../src/main.ts");
  const command = `ulimit -f 16; trap '' XFSZ; exec "$@"`;
  const args = [process.execPath, main, "backup", "--db", file, target];
  const { status, stderr } = spawnSync("sh", ["-c", command, "sh", ...args], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({
    status: exitCodes.databaseUnwritable,
    stderr: expect.stringContaining(`the database ${file} can't be copied to ${target}.partial-`),
  });
  expect([existsSync(target), partials(target)]).toEqual([false, []]);
});

/** What stands beside a target that has not become it. */
function partials(target: string): string[] {
  return readdirSync(dirname(target))
    .filter((name) => name.startsWith(`${basename(target)}.partial`))
    .sort();
}

/** Resolves when something is written that is to become the target. */
function made(target: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dirname(target), () => partials(target).length > 0 && resolve());
    onTestFinished(() => watcher.close());
  });
}

function rowsOf(file: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    return tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]);
  } finally {
    db.close();
  }
}
