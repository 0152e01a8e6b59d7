import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { call, off, on, update } from "../store-under-test.ts";

/** The time of all writes of a filled database, in milliseconds since 1970, UTC. */
export const filledAt = 1_700_000_000_000;

/** The changes that a filled database has. */
export const filledRevision = 13;

const made = new Map<number | undefined, Promise<Buffer>>();

/**
 * A database with every kind of thing in it, closed, gone when the test is over; its first changes are removed where
 * only some are to be kept.
 */
export async function filledDatabase(maxChanges?: number): Promise<string> {
  const bytes = made.get(maxChanges) ?? make(maxChanges);
  made.set(maxChanges, bytes);
  const file = join(temporaryFolder(), "orgflags.db");
  writeFileSync(file, await bytes);
  return file;
}

async function make(maxChanges?: number): Promise<Buffer> {
  const file = join(temporaryFolder(), "orgflags.db");
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  await store.createOverride("acme", "sms_reminders", on, { ...call, idempotency: { key: "k", fingerprint: "f" } });
  await store.updateFeature("multi_template", { ...unchanged, description: 'Several "templates" – à la carte' }, call);
  await store.updateOverrides([update("globex", "new.one", { ...off, expiresAt: filledAt + 9_000_000 })], call);
  await store.updateOverrides([update("acme", "sms_reminders", { ...off, startsAt: filledAt + 5_000_000 })], call);
  await store.updateOverrides([update("initech", "new.one", { ...on, startsAt: filledAt + 5_000_000 })], call);
  await store.updateOverrides([update("gone", "new.one", on), update("gone", "new.one", undefined)], call);
  await store.updateFeature("encrypted_storage", { ...unchanged, archived: true }, call);
  await store.pruneHistory({ maxAgeMs: undefined, maxChanges });
  await store.close();
  return readFileSync(file);
}

/** A database as version 2 of it left it, gone when the test is over. */
export function olderDatabase(): string {
  const file = join(temporaryFolder(), "orgflags.db");
  const db = new Database(file);
  db.exec(readFileSync(new URL("version-2.sql", import.meta.url), "utf8"));
  db.close();
  return file;
}

/** Runs a statement that no store would, without the checks that SQLite makes of it. */
export function tamper(file: string, sql: string): void {
  const db = new Database(file);
  try {
    db.pragma("foreign_keys = OFF");
    db.pragma("ignore_check_constraints = ON");
    db.exec(sql);
  } finally {
    db.close();
  }
}

const unchanged = { description: undefined, defaultEnabled: undefined, archived: undefined };
