import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { filledDatabase, olderDatabase } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { WritingClient } from "../writing-client.ts";

const head = '{"orgflags_export":1}';
const end = '{"kind":"end"}';
const acmeOn = '{"kind":"override","org_id":"acme","feature_key":"sms_reminders","enabled":true}';
const hooliOn = '{"kind":"override","org_id":"hooli","feature_key":"sms_reminders","enabled":true}';
const added = '{"kind":"feature","feature_key":"added","description":"new","default_enabled":true,"archived":true}';
const addedOff = '{"kind":"override","org_id":"acme","feature_key":"added","enabled":false}';

function textFile(...lines: readonly string[]): string {
  const path = join(temporaryFolder(), "export.jsonl");
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

function importing(file: string, source: string, ...flags: readonly string[]) {
  return runOrgflags(["import", "--db", file, source, ...flags]).ended;
}

test("an import makes what differs, by the actor and for the reason, and a second one nothing", async () => {
  const file = await filledDatabase();
  const source = textFile(head, added, acmeOn, addedOff, end);
  const flags = ["--actor", "ada", "--reason", "as agreed"];
  expect(await importing(file, source, ...flags)).toMatchObject({
    exitCode: exitCodes.ok,
    stdout: "2 added, 1 changed, 0 removed\n",
    stderr: "",
  });
  const db = new Database(file, { readonly: true });
  onTestFinished(() => void db.close());
  const changes = db.prepare(
    "SELECT actor, reason, org_id, feature_key, after FROM changes WHERE actor = 'ada' AND reason = 'as agreed'",
  );
  const by = { actor: "ada", reason: "as agreed" };
  expect(changes.all()).toEqual([
    {
      ...by,
      org_id: null,
      feature_key: "added",
      after: '{"description":"new","default_enabled":true,"archived":true}',
    },
    { ...by, org_id: "acme", feature_key: "added", after: '{"enabled":false}' },
    { ...by, org_id: "acme", feature_key: "sms_reminders", after: '{"enabled":true}' },
  ]);
  expect(verifyFile(file).findings).toEqual([]);
  expect(await importing(file, source, ...flags)).toMatchObject({ exitCode: 0, stdout: "nothing to change\n" });
});

test("a dry run prints the difference and changes nothing", async () => {
  const file = await filledDatabase();
  const before = readFileSync(file);
  const source = textFile(head, added, acmeOn, hooliOn.replace("sms_reminders", "added"), end);
  expect(await importing(file, source, "--dry-run")).toMatchObject({
    exitCode: exitCodes.ok,
    stdout: [
      '+ feature added {"description":"new","default_enabled":true,"archived":true}',
      '~ override acme sms_reminders {"enabled":true,"scheduled":{"enabled":false,"starts_at":"2023-11-14T23:36:40.000Z"}} to {"enabled":true}',
      '+ override hooli added {"enabled":true}',
      "2 to add, 1 to change, 0 to remove\n",
    ].join("\n"),
    stderr: "",
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("what is at fault is told line by line, and nothing is imported", async () => {
  const file = await filledDatabase();
  const before = readFileSync(file);
  const source = textFile(head, acmeOn, "x", '{"kind":"feature","feature_key":"a"}');
  expect(await importing(file, source)).toMatchObject({
    exitCode: exitCodes.unusableImport,
    stdout: "",
    stderr:
      `orgflags: ${source}, line 3: the line: must be JSON\n` +
      `orgflags: ${source}, line 4: default_enabled: must be true or false; it is missing\n` +
      `orgflags: ${source}, line 5: the end is missing: the last line of an export is {"kind":"end"}\n` +
      "orgflags: nothing was imported\n",
  });
  expect(rows(file)).toEqual(rows(writeAside(before)));
});

test.for([
  ["nowhere.jsonl", [], exitCodes.unusableImport, "nowhere.jsonl can't be read"],
  ["nowhere.jsonl", ["--actor", "system:x"], exitCodes.usage, "--actor must be a name"],
  ["nowhere.jsonl", ["--reason", "a\nb"], exitCodes.usage, "--reason must be a text of at most 1024 bytes"],
  ["nowhere.jsonl", ["--batch-size", "0"], exitCodes.usage, "--batch-size must be a whole number from 1 to 1000000"],
] as const)("import %s %j is refused in words", async ([source, flags, exitCode, why]) => {
  const ended = await importing(await filledDatabase(), source, ...flags);
  expect(ended).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(why) });
});

test("a dry run makes no database, and an import does", async () => {
  const file = join(temporaryFolder(), "a", "orgflags.db");
  const source = textFile(head, acmeOn, end);
  const looked = await importing(file, source, "--dry-run");
  expect(looked).toMatchObject({
    exitCode: exitCodes.databaseUnwritable,
    stderr: `orgflags: the database ${file} can't be read (no such file)\n`,
  });
  expect(existsSync(file)).toBe(false);
  expect(await importing(file, source)).toMatchObject({ exitCode: 0, stdout: "1 added, 0 changed, 0 removed\n" });
});

test.for<[string, () => string]>([
  ["is not there", () => join(temporaryFolder(), "nowhere.jsonl")],
  ["is at fault", () => textFile(head, "x", end)],
  ["is of a feature that there is not", () => textFile(head, acmeOn.replace("sms_reminders", "other"), end)],
])("an export that %s makes no database, and brings none up to date", async ([, source]) => {
  const missing = join(temporaryFolder(), "a", "orgflags.db");
  expect(await importing(missing, source())).toMatchObject({ exitCode: exitCodes.unusableImport, stdout: "" });
  expect(existsSync(dirname(missing))).toBe(false);
  const older = olderDatabase();
  const before = readFileSync(older);
  expect(await importing(older, source())).toMatchObject({ exitCode: exitCodes.unusableImport, stdout: "" });
  expect(readFileSync(older).equals(before)).toBe(true);
});

test("an import brings a database up to date, and makes the difference", async () => {
  const file = olderDatabase();
  expect(verifyFile(file).contents?.version).toBe(2);
  const source = textFile(head, added, addedOff, hooliOn, end);
  expect(await importing(file, source)).toMatchObject({ exitCode: 0, stdout: "3 added, 0 changed, 0 removed\n" });
  expect(verifyFile(file)).toMatchObject({ findings: [], contents: { version: 3 } });
  expect(await importing(file, source)).toMatchObject({ exitCode: 0, stdout: "nothing to change\n" });
});

test("beside a service that writes, an import is seen at once, all of it or nothing, and no write fails", {
  timeout: 120_000,
}, async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const service = runService(file);
  const url = await service.url;
  const client = new WritingClient(url);
  await client.atLeast(20);
  const count = 500;
  const lines = Array.from({ length: count }, (_, i) => acmeOn.replace("acme", `imported${i}`));
  const source = textFile(head, ...lines, end);
  const seen = new Set<number>();
  let isImporting = true;
  const imported = importing(file, source).finally(() => {
    isImporting = false;
  });
  while (isImporting) {
    seen.add(await countOf(url));
  }
  expect(await imported).toMatchObject({ exitCode: 0, stdout: `${count} added, 0 changed, 0 removed\n` });
  expect(await countOf(url)).toBe(count);
  expect([...seen].filter((each) => each !== 0 && each !== count)).toEqual([]);
  await client.atLeast(20);
  await client.stop();
  expect(client.failures).toEqual([]);
  const batched = await importing(
    file,
    textFile(head, ...lines.map((line) => line.replace("true", "false")), end),
    "--batch-size",
    "100",
  );
  expect(batched).toMatchObject({ exitCode: 0, stdout: `0 added, ${count} changed, 0 removed\n` });
  service.kill("SIGTERM");
  await service.ended;
  expect(verifyFile(file).findings).toEqual([]);
});

test("where somebody else keeps the database locked, an import is refused in words, and nothing of it is there", async () => {
  const file = await filledDatabase();
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.pragma("journal_mode = WAL");
  other.exec("BEGIN IMMEDIATE");
  const ended = await importing(file, textFile(head, hooliOn, end));
  expect(ended).toMatchObject({
    exitCode: exitCodes.databaseUnwritable,
    stderr: expect.stringContaining("database is locked"),
  });
  other.exec("ROLLBACK");
  const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  onTestFinished(() => store.close());
  expect(store.readOrganisation("hooli", 0, 0).overrides.size).toBe(0);
});

interface Page {
  readonly data: readonly { readonly org_id: string }[];
  readonly pagination: { readonly total: number };
}

/** How many organisations of the import have the feature. */
async function countOf(url: string): Promise<number> {
  let count = 0;
  for (let page = 1, isMore = true; isMore; page++) {
    const answer = await fetch(
      `${url}/api/v1/org-feature-flags?feature_key=sms_reminders&enabled=true&limit=100&page=${page}`,
    );
    const { data, pagination }: Page = JSON.parse(await answer.text());
    count += data.filter(({ org_id }) => org_id.startsWith("imported")).length;
    isMore = page * 100 < pagination.total;
  }
  return count;
}

function rows(file: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return ["features", "overrides", "scheduled_settings", "changes"].map((t) =>
      db.prepare(`SELECT * FROM ${t}`).all(),
    );
  } finally {
    db.close();
  }
}

function writeAside(bytes: Buffer): string {
  const path = join(temporaryFolder(), "before.db");
  writeFileSync(path, bytes);
  return path;
}
