import type Database from "better-sqlite3";
import type { Change, ChangeFilter } from "../../domain/change.ts";
import type { Feature } from "../../domain/feature.ts";
import { Refused } from "../refused.ts";
import type { Snapshot, StoredFlag } from "../snapshot.ts";
import { selectChanges } from "./change-query.ts";
import { openForReading, readError, readVersion } from "./connection.ts";
import { latestVersion } from "./migrations.ts";
import { selectStates } from "./override-states.ts";
import {
  type ChangeRow,
  changeFromRow,
  type FeatureRow,
  featureFromRow,
  type OverrideStateRow,
  overrideStateFromRow,
} from "./rows.ts";

/**
 * Opens a database file as it is at this moment; what is written to it meanwhile is not seen. Throws StoreOpenError where
 * it can't be read, and Refused where it is of an older version.
 */
export function openSnapshot(file: string): Snapshot {
  try {
    const db = openForReading(file);
    try {
      requireLatest(db, file);
      return new SqliteSnapshot(db);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw readError(file, error);
  }
}

/** Throws where a database is not of the version that this program reads and writes; see readVersion. */
export function requireLatest(db: Database.Database, file: string): void {
  const version = readVersion(db, file);
  if (version !== latestVersion) {
    throw new Refused(
      `the database ${file} is of version ${version}: start the service on it once, which brings it to version ${latestVersion}`,
    );
  }
}

class SqliteSnapshot implements Snapshot {
  readonly revision: number;
  readonly #db: Database.Database;

  constructor(db: Database.Database) {
    this.#db = db;
    // What is read first in a transaction says which moment all of it sees.
    db.exec("BEGIN");
    this.revision = db.prepare<[], number>(selectLastRevision).pluck().get() ?? 0;
  }

  *features(): Generator<Feature> {
    for (const row of this.#db.prepare<[], FeatureRow>("SELECT * FROM features ORDER BY feature_key").iterate()) {
      yield featureFromRow(row);
    }
  }

  *flags(filter: ChangeFilter): Generator<StoredFlag> {
    const statement = this.#db.prepare<[object], OverrideStateRow>(selectFlags(filter));
    for (const row of statement.iterate(filter)) {
      const state = overrideStateFromRow(row);
      if (state !== undefined) {
        yield { orgId: row.org_id, featureKey: row.feature_key, state };
      }
    }
  }

  *changes(filter: ChangeFilter): Generator<Change> {
    const all = { min: 0, max: Number.MAX_SAFE_INTEGER, limit: -1 };
    const statement = this.#db.prepare<[object], ChangeRow>(selectChanges({ ...filter, actor: undefined }, true));
    for (const row of statement.iterate({ ...filter, ...all })) {
      yield changeFromRow(row);
    }
  }

  close(): void {
    this.#db.close();
  }
}

const selectLastRevision = "SELECT seq FROM sqlite_sequence WHERE name = 'changes'";

// Both halves are in the order of the keys already, and SQLite merges them.
function selectFlags({ orgId, featureKey }: ChangeFilter): string {
  const conditions = [
    ...(orgId === undefined ? [] : ["org_id = :orgId"]),
    ...(featureKey === undefined ? [] : ["feature_key = :featureKey"]),
  ];
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const keys = `
    SELECT org_id, feature_key FROM overrides ${where}
    UNION SELECT org_id, feature_key FROM scheduled_settings ${where}
    ORDER BY org_id, feature_key`;
  return `${selectStates(keys)} ORDER BY ids.org_id, ids.feature_key`;
}
