import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { damageTable } from "../storage/sqlite/damaged-table.ts";
import { filledDatabase } from "../storage/sqlite/filled-database.ts";

const headers = { "content-type": "application/json" };

test("damage that shows while the service runs fails what meets it, and the log names the command that helps", async () => {
  const databaseFile = await filledDatabase();
  const { url, complaints } = await startApp({ databaseFile });
  damageTable(databaseFile, "overrides");
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
