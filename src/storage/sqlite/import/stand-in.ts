import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { openForReading, readVersion } from "../connection.ts";
import { latestVersion, migrate } from "../migrations.ts";

/**
 * Opens a connection that knows the features of a database which an import would have to make, or to bring to the latest
 * version, and can gather the import before it does; undefined of one that is as it has to be.
 */
export function openStandIn(file: string, now: number): Database.Database | undefined {
  const version = versionOf(file);
  if (version === 0) {
    const db = new Database(":memory:");
    db.transaction(() => migrate(db, 0, now))();
    return db;
  }
  return version === latestVersion ? undefined : openForReading(file);
}

/** The version of a database, 0 where there is none. */
function versionOf(file: string): number {
  if (!existsSync(file)) {
    return 0;
  }
  const db = openForReading(file);
  try {
    return readVersion(db, file);
  } finally {
    db.close();
  }
}
