import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { SqliteStore } from "../../../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../../../src/storage/sqlite/verify/verification.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { call, on } from "../../store-under-test.ts";
import { filledAt, filledDatabase, filledRevision, tamper } from "../filled-database.ts";

const version1 = new URL("../version-1.sql", import.meta.url);

function versionOne(): string {
  const file = join(temporaryFolder(), "orgflags.db");
  const db = new Database(file);
  db.exec(readFileSync(version1, "utf8"));
  db.close();
  return file;
}

test.for([
  ["all of its history", undefined],
  ["half of its history", 6],
  ["no more than the last change", 1],
] as const)("a database with %s is sound, and left as it is", async ([, maxChanges]) => {
  const file = await filledDatabase(maxChanges);
  const before = readFileSync(file);
  expect(verifyFile(file)).toEqual({
    findings: [],
    total: 0,
    contents: {
      version: 3,
      revision: filledRevision,
      features: 5,
      overrides: 2,
      scheduled: 2,
      changes: maxChanges ?? filledRevision,
      tokens: 0,
    },
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a database of version 1 is sound, and left as it is", () => {
  const file = versionOne();
  const before = readFileSync(file);
  expect(verifyFile(file)).toMatchObject({ findings: [], contents: { version: 1, overrides: 3, changes: 17 } });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a database that a store has open is verified with what it committed last", async () => {
  const file = await filledDatabase();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  onTestFinished(() => store.close());
  await store.createOverride("hooli", "new.one", on, call);
  expect(verifyFile(file)).toMatchObject({ findings: [], contents: { overrides: 3, revision: filledRevision + 1 } });
});

const notTold = 'overrides: that of "a" for "nobody" is {"enabled":true}, but no change tells of it';
const addOverride = `
  INSERT INTO features VALUES ('a', 9, '', 0, 0, 1, 1, 14);
  INSERT INTO changes (time, actor, reason, feature_key, after)
  VALUES (${filledAt + 1}, '', '', 'a', '{"description":"","default_enabled":false,"archived":false}');
  UPDATE features SET created_at = ${filledAt + 1}, updated_at = ${filledAt + 1} WHERE feature_key = 'a';
  INSERT INTO overrides VALUES ('nobody', 'a', 1, 1, NULL)`;

// What somebody did to the rows, and what is said of it.
const tampered: readonly (readonly [string, readonly string[]])[] = [
  [
    "UPDATE overrides SET enabled = 0 WHERE org_id = 'acme'",
    [
      'overrides: that of "sms_reminders" for "acme" is {"enabled":false,"scheduled":{"enabled":false,"starts_at":1700005000000}}, but revision 9 left {"enabled":true,"scheduled":{"enabled":false,"starts_at":1700005000000}}',
    ],
  ],
  [
    "UPDATE overrides SET updated_at = 1 WHERE org_id = 'acme'",
    ['overrides: that of "sms_reminders" for "acme" has another time than revision 5, which set it'],
  ],
  [
    "UPDATE overrides SET expires_at = NULL WHERE org_id = 'globex'",
    [
      'overrides: that of "new.one" for "globex" is {"enabled":false}, but revision 8 left {"enabled":false,"expires_at":1700009000000}',
    ],
  ],
  [
    "DELETE FROM overrides WHERE org_id = 'globex'",
    [
      'overrides: that of "new.one" for "globex" is not there, but revision 8 left {"enabled":false,"expires_at":1700009000000}',
    ],
  ],
  [addOverride, [notTold]],
  [
    "UPDATE scheduled_settings SET starts_at = starts_at + 1 WHERE org_id = 'initech'",
    [
      'overrides: that of "new.one" for "initech" is {"scheduled":{"enabled":true,"starts_at":1700005000001}}, but revision 10 left {"scheduled":{"enabled":true,"starts_at":1700005000000}}',
    ],
  ],
  [
    "UPDATE scheduled_settings SET actor = 'eve' WHERE org_id = 'initech'",
    [
      'overrides: that of "new.one" for "initech" has a plan of another time, actor or reason than revision 10, which made it',
    ],
  ],
  [
    "UPDATE features SET default_enabled = 1 WHERE feature_key = 'new.one'",
    [
      'features: "new.one" is {"description":"","default_enabled":true,"archived":false}, but revision 7 left {"description":"","default_enabled":false,"archived":false}',
    ],
  ],
  [
    "UPDATE features SET created_at = 1 WHERE feature_key = 'new.one'",
    ['features: "new.one" has other times than its changes'],
  ],
  [
    "DELETE FROM features WHERE feature_key = 'driver_declarations'",
    [
      'features: "driver_declarations" is not there, but revision 1 left {"description":"","default_enabled":false,"archived":false}',
    ],
  ],
  [
    "INSERT INTO features VALUES ('b', 9, '', 0, 0, 1, 1, 0)",
    ['features: "b" is {"description":"","default_enabled":false,"archived":false}, but no change tells of it'],
  ],
  [
    "UPDATE features SET revision = 3 WHERE feature_key = 'new.one'",
    ['features: revision 3 is said to be the last change of "new.one", but that is 7'],
  ],
  [
    "DELETE FROM features WHERE feature_key = 'new.one'",
    [
      'features: "new.one" is not there, but revision 7 left {"description":"","default_enabled":false,"archived":false}',
      "scheduled_settings: a row names a row of features that is not there",
      "overrides: a row names a row of features that is not there",
      'override_counts: 0 overrides of "new.one" are off, but there are 1',
    ],
  ],
  [
    "DELETE FROM changes WHERE revision = 6",
    [
      "changes: revision 6 is missing",
      'features: "multi_template" is {"description":"Several \\"templates\\" – à la carte","default_enabled":false,"archived":false}, but revision 4 left {"description":"","default_enabled":false,"archived":false}',
      'features: revision 6 is said to be the last change of "multi_template", but that is 4',
    ],
  ],
  ["DELETE FROM changes WHERE revision IN (11, 12)", ["changes: revisions 11 to 12 are missing"]],
  [
    "DELETE FROM changes WHERE revision = 11",
    [
      "changes: revision 11 is missing",
      'changes: revision 12 starts from {"enabled":true}, but before it there was null',
    ],
  ],
  [
    "DELETE FROM changes WHERE revision = 13",
    [
      "changes: revision 13 is missing",
      'features: "encrypted_storage" is {"description":"","default_enabled":false,"archived":true}, but revision 2 left {"description":"","default_enabled":false,"archived":false}',
      "summary: revision 13 is said to be the last change of a feature, but that is 7",
      'features: revision 13 is said to be the last change of "encrypted_storage", but that is 2',
    ],
  ],
  [
    "UPDATE sqlite_sequence SET seq = 12 WHERE name = 'changes'",
    ["changes: the last revision is 13, but only 12 are said to have been given"],
  ],
  [
    `UPDATE changes SET time = time - 1 WHERE revision = 12`,
    ["changes: revision 12 is of a time before the change before it"],
  ],
  [
    `UPDATE changes SET after = '{"enabled":true' WHERE revision = 11`,
    [
      'changes: revision 11 holds what is no state of an override: {"enabled":true',
      'changes: revision 12 starts from {"enabled":true}, but before it there was {"enabled":true',
    ],
  ],
  [
    `UPDATE changes SET before = '{"enabled":false}' WHERE revision = 5`,
    ['changes: revision 5 starts from {"enabled":false}, but before it there was null'],
  ],
  [
    `UPDATE changes SET before = '7' WHERE revision = 1`,
    [
      "changes: revision 1 starts from 7, but before it there was null",
      "changes: revision 1 holds what is no state of a feature: 7",
    ],
  ],
  [
    "UPDATE override_counts SET count = count + 1 WHERE feature_key = 'sms_reminders'",
    ['override_counts: 2 overrides of "sms_reminders" are on, but there are 1'],
  ],
  [
    "DELETE FROM override_counts WHERE feature_key = 'sms_reminders'",
    ['override_counts: 0 overrides of "sms_reminders" are on, but there are 1'],
  ],
  [
    "INSERT INTO override_counts VALUES ('sms_reminders', 0, 7)",
    ['override_counts: 7 overrides of "sms_reminders" are off, but there are 0'],
  ],
  [
    "UPDATE organisations SET overrides = 0 WHERE org_id = 'acme'",
    ['organisations: "acme" is said to have 0 overrides, but there are 1'],
  ],
  [
    "DELETE FROM organisations WHERE org_id = 'acme'",
    [
      'organisations: "acme" has overrides, but is not there',
      "summary: 2 organisations are said to have overrides, but 1 have",
    ],
  ],
  [
    "UPDATE organisations SET pruned_revision = 9 WHERE org_id = 'acme'",
    ['organisations: "acme" has lost revision 9, but only those up to 0 were removed'],
  ],
  ["UPDATE summary SET organisations = 9", ["summary: 9 organisations are said to have overrides, but 2 have"]],
  [
    "UPDATE summary SET catalogue_revision = 9",
    ["summary: revision 9 is said to be the last change of a feature, but that is 13"],
  ],
  ["DELETE FROM summary", ["summary: it must have exactly one row"]],
  [
    "UPDATE summary SET pruned_revision = 1",
    [
      "changes: revision 1 is there, but all up to 1 are said to be removed",
      "summary: the last change that was removed must have both a revision and a time, or neither",
    ],
  ],
  [
    "UPDATE idempotency_keys SET outcome = '{'",
    ['idempotency_keys: the outcome under the key "k" of "ada" is no JSON'],
  ],
  ["DELETE FROM access", ["access: it must have exactly one row"]],
  [
    "INSERT INTO tokens VALUES ('t', 'token', 'n', 'admin', '[', NULL, 1, NULL, NULL, NULL, x'00')",
    ['tokens: what the token "t" is for is no JSON'],
  ],
  ["DROP INDEX changes_by_actor", ["schema: the index changes_by_actor is not there"]],
  ["DROP TRIGGER override_deleted", ["schema: the trigger override_deleted is not there"]],
  [
    "DROP TABLE idempotency_keys",
    ["schema: the table idempotency_keys is not there", "schema: the index idempotency_keys_by_time is not there"],
  ],
  [
    "DROP INDEX changes_by_actor; CREATE INDEX changes_by_actor ON changes (reason)",
    ["schema: the index changes_by_actor is another one"],
  ],
  [
    "CREATE TRIGGER sly AFTER INSERT ON overrides BEGIN SELECT 1; END",
    ["schema: the trigger sly is none of this program's"],
  ],
  [
    "UPDATE overrides SET enabled = 2 WHERE org_id = 'globex'",
    ["overrides: a row has a value of enabled that is neither 0 nor 1"],
  ],
  ["CREATE TABLE own (x); CREATE INDEX own_index ON overrides (updated_at)", []],
];

test.for(tampered)("%s is found", async ([sql, findings]) => {
  const file = await filledDatabase();
  tamper(file, sql);
  expect(verifyFile(file).findings).toEqual(findings);
});

test.for<[string, readonly string[]]>([
  [
    "UPDATE overrides SET enabled = 0 WHERE org_id = 'acme'",
    [
      'overrides: that of "sms_reminders" for "acme" is {"enabled":false,"scheduled":{"enabled":false,"starts_at":1700005000000}}, but revision 9 left {"enabled":true,"scheduled":{"enabled":false,"starts_at":1700005000000}}',
    ],
  ],
  [addOverride, [notTold]],
  ["DELETE FROM changes WHERE revision = 8", ["changes: revision 8 is missing"]],
  [
    "UPDATE summary SET pruned_time = NULL",
    ["summary: the last change that was removed must have both a revision and a time, or neither"],
  ],
])("where the first changes are no longer kept, %s is found", async ([sql, findings]) => {
  const file = await filledDatabase(6);
  tamper(file, sql);
  expect(verifyFile(file).findings.slice(0, 1)).toEqual(findings);
});

test("an override of version 1 that no change tells of is found", () => {
  const file = versionOne();
  tamper(
    file,
    "UPDATE overrides SET enabled = 1 WHERE feature_key = 'encrypted_storage'; UPDATE override_counts SET count = 5",
  );
  expect(verifyFile(file)).toMatchObject({ total: 6 });
  expect(verifyFile(file).findings[0]).toBe(
    'overrides: that of "encrypted_storage" for "acme" is {"enabled":true}, but revision 6 left {"enabled":false}',
  );
});

test("of many findings the first hundred are told, and how many there are", async () => {
  const file = await filledDatabase();
  tamper(
    file,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
     INSERT INTO overrides SELECT 'org' || i, 'new.one', 1, 1, NULL FROM n`,
  );
  const { findings, total } = verifyFile(file);
  expect([findings.length, total]).toEqual([100, 1000]);
});

test.for([
  [
    "is text",
    (file: string) => writeFileSync(file, "no database at all, but long enough to be read as one\n".repeat(99)),
  ],
  ["is empty", (file: string) => truncateSync(file, 0)],
  ["is cut within a page", (file: string) => truncateSync(file, 5000)],
  ["is cut after a page", (file: string) => truncateSync(file, 8192)],
  ["has lost its first page", (file: string) => overwrite(file, 0, 4096)],
  ["has lost its second page", (file: string) => overwrite(file, 4096, 8192)],
] as const)("a file that %s is found to be damaged", async ([, spoil]) => {
  const file = await filledDatabase();
  spoil(file);
  expect(verifyFile(file).total).toBeGreaterThan(0);
});

test("of each byte that is flipped on a page in use, what follows from it is found, or nothing does", {
  timeout: 120_000,
}, async () => {
  const file = await filledDatabase();
  const sound = readFileSync(file);
  const rows = JSON.stringify(everything(file));
  const flipped = `${file}.flipped`;
  const unnoticed: number[] = [];
  for (let at = 0; at < sound.length; at += 97) {
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(flipped, bytes);
    if (!isFound(flipped) && JSON.stringify(everything(flipped)) !== rows) {
      unnoticed.push(at);
    }
  }
  expect(unnoticed).toEqual([]);
});

test.for([
  ["is of a newer version", (file: string) => tamper(file, "PRAGMA user_version = 99"), "newer"],
  ["belongs to another program", (file: string) => tamper(file, "PRAGMA application_id = 7"), "foreign"],
] as const)("a file that %s is refused in words", async ([, spoil, fault]) => {
  const file = await filledDatabase();
  spoil(file);
  expect(() => verifyFile(file)).toThrow(expect.objectContaining({ name: "StoreOpenError", fault }));
});

test("a path that is not there, or is a folder, is refused in words", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "a"));
  for (const name of ["a", "b", "b/c"]) {
    const refused = { fault: "unwritable", message: expect.stringContaining(`${join(folder, name)} can't be read`) };
    expect(() => verifyFile(join(folder, name))).toThrow(expect.objectContaining(refused));
  }
});

test("what was committed and stands only in the write-ahead log is verified, too", async () => {
  const file = await filledDatabase();
  const db = new Database(file);
  onTestFinished(() => void db.close());
  db.pragma("journal_mode = WAL");
  db.exec("UPDATE override_counts SET count = 7");
  // As a process leaves it that is killed.
  const copy = join(temporaryFolder(), "orgflags.db");
  copyFileSync(file, copy);
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  expect(verifyFile(copy).total).toBeGreaterThan(0);
});

function overwrite(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xff, from, to);
  writeFileSync(file, bytes);
}

function isFound(file: string): boolean {
  try {
    return verifyFile(file).total > 0;
  } catch {
    // Refused: the version or the program is another one.
    return true;
  }
}

/** All rows of all tables whose every value is the log's, or follows from it. */
function everything(file: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return ["features", "overrides", "scheduled_settings", "override_counts", "organisations", "summary"].map((table) =>
      db.prepare(`SELECT * FROM ${table}`).all(),
    );
  } finally {
    db.close();
  }
}
