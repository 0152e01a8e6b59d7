import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { connect, prepareFile } from "../../../src/storage/sqlite/connection.ts";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { SqliteWriter } from "../../../src/storage/sqlite/writer.ts";
import type { StoreFault } from "../../../src/storage/store.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { call, on } from "../store-under-test.ts";

const options = { catalogue: "open", clock: Date.now } as const;

test("the folder of a new database is made", async () => {
  const store = await SqliteStore.open({ ...options, file: join(temporaryFolder(), "a", "b", "orgflags.db") });
  await store.close();
});

test("every commit is synced to disk: WAL, FULL", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const store = await SqliteStore.open({ ...options, file });
  onTestFinished(() => store.close());
  // As the thread that writes connects.
  const db = connect(file);
  onTestFinished(() => void db.close());
  const full = 2;
  expect(db.pragma("synchronous", { simple: true })).toBe(full);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.pragma("user_version", { simple: true })).toBe(3);
});

test("what ends within one look is found by reads that follow the answer that it is due no more", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const start = 1_800_000_000_000;
  const store = await SqliteStore.open({ ...options, file, clock: () => start });
  onTestFinished(() => store.close());
  const writer = new SqliteWriter(file, "open");
  onTestFinished(() => writer.close());
  await store.createOverride("acme", "sms_reminders", { ...on, expiresAt: start + 1 }, call);
  const { revision } = store.readCatalogue();
  const seen: unknown[] = [];
  const look = () => seen.push(store.readChanges(revision, 10).length);
  store.readChanges(revision, 10);
  store.lookOnce(() => {
    look();
    writer.commit([{ method: "applyDue", args: ["acme"], time: start + 1 }]);
    look();
    seen.push(store.readDue("acme", start + 1));
    look();
  });
  expect(seen).toEqual([0, 0, false, 1]);
});

const spoilt: readonly (readonly [string, (file: string) => void, StoreFault])[] = [
  [
    "is text",
    (file) => writeFileSync(file, "no database at all, but long enough to be read as one\n".repeat(99)),
    "damaged",
  ],
  ["is cut short", cutShort, "damaged"],
  ["is of a newer version", (file) => pragma(file, "user_version = 99"), "newer"],
  ["belongs to another program", (file) => pragma(file, "application_id = 7"), "foreign"],
  ["may only be read", readOnly, "unwritable"],
  ["is a folder", (file) => void mkdirSync(file), "unwritable"],
];

test.for(spoilt)("a file that %s is refused in words, and left as it is", async ([, spoil, fault]) => {
  const folder = temporaryFolder();
  const file = join(folder, "orgflags.db");
  spoil(file);
  const read = () => (statSync(file).isDirectory() ? "" : readFileSync(file, "latin1"));
  const before = read();
  const opening = SqliteStore.open({ ...options, file });
  await expect(opening).rejects.toMatchObject({
    name: "StoreOpenError",
    fault,
    message: expect.stringContaining(file),
  });
  expect(read()).toBe(before);
});

test("a file that is damaged where the features are is refused in words", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  damageFeatures(file);
  await expect(SqliteStore.open({ ...options, file })).rejects.toMatchObject({ fault: "damaged" });
});

test("a path below something that is no folder is refused in words", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const opening = SqliteStore.open({ ...options, file: join(folder, "file", "orgflags.db") });
  await expect(opening).rejects.toMatchObject({ fault: "unwritable" });
});

test("more waiting writes than the bound are refused, and the others stored", async () => {
  const store = await SqliteStore.open({
    ...options,
    file: join(temporaryFolder(), "orgflags.db"),
    maxWaitingWrites: 10,
  });
  onTestFinished(() => store.close());
  const writes = Array.from({ length: 20 }, (_, i) => store.createOverride(`org${i}`, "a", on, call));
  const results = await Promise.allSettled(writes);
  // One goes straight to the thread, ten wait.
  expect(results.map(({ status }) => status)).toEqual([...Array(11).fill("fulfilled"), ...Array(9).fill("rejected")]);
  await expect(writes[11]).rejects.toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    message: "10 writes are waiting already; try again later",
  });
});

test("a database that another process keeps locked makes writes UNAVAILABLE, and reads go on", {
  timeout: 60_000,
}, async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const store = await SqliteStore.open({ ...options, file });
  onTestFinished(() => store.close());
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  const write = store.createOverride("acme", "a", on, call);
  expect(store.readOrganisation("acme", 0, 10).overrides.size).toBe(0);
  await expect(write).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: "the database did not take the write; nothing was stored",
  });
  other.exec("ROLLBACK");
  expect(await store.createOverride("acme", "a", on, call)).toMatchObject({ changed: true });
});

/** A write version that SQLite doesn't know makes it take a file as read-only, whoever runs the test. */
function readOnly(file: string): void {
  makeDatabase(file);
  const bytes = readFileSync(file);
  bytes[18] = 3;
  writeFileSync(file, bytes);
}

/** Overwrites all but the first page, which holds the schema. */
function damageFeatures(file: string): void {
  prepareFile(file, 0);
  const bytes = readFileSync(file);
  bytes.fill(0xff, 4096);
  writeFileSync(file, bytes);
}

function cutShort(file: string): void {
  makeDatabase(file);
  truncateSync(file, 5000);
}

function pragma(file: string, statement: string): void {
  makeDatabase(file);
  const db = new Database(file);
  db.pragma(statement);
  db.close();
}

function makeDatabase(file: string): void {
  const db = new Database(`${file}.tmp`);
  db.exec("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(20000))");
  db.pragma("application_id = 0x6f666c31");
  db.pragma("user_version = 1");
  db.close();
  copyFileSync(`${file}.tmp`, file);
}
