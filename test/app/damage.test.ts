import { closeSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { filledDatabase } from "../storage/sqlite/filled-database.ts";

const headers = { "content-type": "application/json" };

/** Overwrites the page on which the tree of a table begins. */
function damage(file: string, table: string): void {
  const db = new Database(file, { readonly: true });
  const page = db.prepare<[string], number>("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(table);
  const size = Number(db.pragma("page_size", { simple: true }));
  db.close();
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(size, 0xff), 0, size, ((page ?? 0) - 1) * size);
  closeSync(descriptor);
}

test("damage that shows while the service runs fails what meets it, and the log names the command that helps", async () => {
  const databaseFile = await filledDatabase();
  const { url, complaints } = await startApp({ databaseFile });
  damage(databaseFile, "overrides");
  const flags = `${url}/api/v1/org-feature-flags/acme`;
  const read = await fetch(flags);
  expect([read.status, (await read.json()) as object]).toMatchObject([503, { code: 14 }]);
  const body = '{"feature_key":"sms_reminders","enabled":true}';
  const written = await fetch(flags, { method: "PUT", headers, body });
  expect([written.status, (await written.json()) as object]).toMatchObject([503, { code: 14 }]);
  expect((await fetch(`${url}/api/v1/features`)).status).toBe(200);
  const help = `the database is damaged: "orgflags verify --db ${databaseFile}" says what is wrong`;
  expect(complaints.length).toBeGreaterThanOrEqual(2);
  expect(complaints.filter((fields) => !("help" in fields) || fields.help !== help)).toEqual([]);
});
