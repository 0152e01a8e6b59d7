import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { StoreOpenError } from "../../../src/storage/store.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const call = { actor: "a", reason: "" };

async function open(file: string): Promise<SqliteStore> {
  const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  onTestFinished(() => store.close());
  return store;
}

async function filled(): Promise<string> {
  const file = join(temporaryFolder(), "orgflags.db");
  const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  const setting = { enabled: true, startsAt: undefined, expiresAt: undefined };
  const updates = Array.from({ length: 900 }, (_, index) => {
    return { orgId: `org_${index}`, featureKey: "feature", setting, at: "" };
  });
  await store.updateOverrides(updates, call);
  await store.close();
  return file;
}

/** Overwrites the root page of a table, or of an index. */
function overwrite(file: string, name: string): void {
  const db = new Database(file, { readonly: true });
  const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(name));
  db.close();
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(4096, 0xff), 0, 4096, (page - 1) * 4096);
  closeSync(descriptor);
}

test("what no read of a start meets is found at the start all the same", async () => {
  const file = await filled();
  overwrite(file, "overrides_by_setting");
  const opening = SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  await expect(opening).rejects.toThrow(StoreOpenError);
  await expect(opening).rejects.toMatchObject({ fault: "damaged", message: expect.stringContaining(file) });
});

test("reads that meet damage are UNAVAILABLE, and from then on the store is not sound", async () => {
  const file = await filled();
  const store = await open(file);
  expect(store.isSound).toBe(true);
  overwrite(file, "overrides");
  expect(() => store.readOrganisation("org_1", 0, 10)).toThrow(
    expect.objectContaining({ code: "UNAVAILABLE", message: "the database is damaged here" }),
  );
  expect([store.isSound, store.isWritable]).toEqual([false, true]);
});

test("writes that meet damage are UNAVAILABLE, and from then on the store is not sound", async () => {
  const file = await filled();
  const store = await open(file);
  overwrite(file, "overrides");
  expect(statSync(file).size).toBeGreaterThan(4096);
  await expect(store.deleteOverrides("org_1", call)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(store.isSound).toBe(false);
});
