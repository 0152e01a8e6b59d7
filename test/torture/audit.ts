import { deepStrictEqual } from "node:assert";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { latestVersion } from "../../src/storage/sqlite/migrations.ts";
import { SqliteReader } from "../../src/storage/sqlite/reader.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { replay, settingsOf } from "../storage/replay.ts";
import type { Ground } from "./ground.ts";

/** What was found in a database that is in order. */
export interface Audit {
  readonly overrides: number;
  readonly changes: number;
}

const everything = 10_000_000;

/**
 * Looks through the database of a service that has ended, in a copy of its files: SQLite finds nothing wrong, the log
 * replayed is what is stored, counts included, and `orgflags verify` finds the same. Throws where that is not so.
 */
export function audit(ground: Ground, file: string): Audit {
  const copy = copyDatabase(file, join(ground.newFolder(), "copy.db"));
  try {
    return isBegun(copy) ? look(copy) : { overrides: 0, changes: 0 };
  } finally {
    removeDatabase(copy);
  }
}

/** Copies a database that nobody writes, with its write-ahead log, and answers the copy's path. */
export function copyDatabase(from: string, to: string): string {
  removeDatabase(to);
  for (const end of ["", "-wal"].filter((each) => existsSync(from + each))) {
    copyFileSync(from + end, to + end);
  }
  return to;
}

function removeDatabase(file: string): void {
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(file + end, { force: true });
  }
}

/** A service that was killed at its very start may have left a file without tables, or none. */
function isBegun(file: string): boolean {
  if (!existsSync(file)) {
    return false;
  }
  const db = new Database(file);
  try {
    deepStrictEqual(db.pragma("integrity_check"), [{ integrity_check: "ok" }]);
    deepStrictEqual(db.pragma("foreign_key_check"), []);
    return db.pragma("user_version", { simple: true }) === latestVersion;
  } finally {
    db.close();
  }
}

function look(file: string): Audit {
  const reader = new SqliteReader(file);
  try {
    const changes = reader.readChanges(0, everything);
    deepStrictEqual(
      changes.map(({ revision }) => revision),
      Array.from(changes, (_, index) => index + 1),
    );
    const replayed = replay(changes);
    const all = { orgId: undefined, featureKey: undefined, enabled: undefined };
    const { overrides, total } = reader.listOverrides({ ...all, offset: 0, limit: everything });
    const stored = overrides.map(({ orgId, featureKey, enabled }) => [`${orgId}/${featureKey}`, enabled] as const);
    deepStrictEqual(settingsOf(replayed), new Map(stored));
    deepStrictEqual(total, overrides.length);
    const features = reader.readCatalogue().features.map(({ featureKey, description, defaultEnabled, archived }) => {
      return [featureKey, { description, defaultEnabled, archived }] as const;
    });
    deepStrictEqual(new Map(replayed.features), new Map(features));
    // What `orgflags verify` says.
    deepStrictEqual(verifyFile(file).findings, []);
    return { overrides: overrides.length, changes: changes.length };
  } finally {
    reader.close();
  }
}
