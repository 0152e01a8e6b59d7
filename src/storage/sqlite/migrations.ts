import type Database from "better-sqlite3";
import { migrationActor } from "../store.ts";
import { addHistory } from "./history-migration.ts";
import { addTokens } from "./token-migration.ts";

/** Marks a file as a database of orgflags (SQLite's `application_id`): "ofl1" in ASCII. */
export const applicationId = 0x6f666c31;

const documentedFeatures = ["driver_declarations", "encrypted_storage", "sms_reminders", "multi_template"];

/** What turns a database of version N into one of version N + 1, at index N. Never edit one that was released. */
const migrations: readonly ((db: Database.Database, now: number) => void)[] = [createTables, addHistory, addTokens];

/** The version (SQLite's `user_version`) that this program reads and writes. */
export const latestVersion = migrations.length;

/**
 * Brings a database to a version, the latest one where none is named; call it inside a transaction. `now` is in
 * milliseconds since 1970.
 */
export function migrate(db: Database.Database, from: number, now: number, to = latestVersion): void {
  for (const migration of migrations.slice(from, to)) {
    migration(db, now);
  }
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${to}`);
}

function createTables(db: Database.Database, now: number): void {
  db.exec(`
    CREATE TABLE features (
      feature_key     TEXT    NOT NULL PRIMARY KEY,
      position        INTEGER NOT NULL UNIQUE,
      description     TEXT    NOT NULL,
      default_enabled INTEGER NOT NULL CHECK (default_enabled IN (0, 1)),
      archived        INTEGER NOT NULL CHECK (archived IN (0, 1)),
      created_at      INTEGER NOT NULL,
      updated_at      INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE overrides (
      org_id      TEXT    NOT NULL,
      feature_key TEXT    NOT NULL REFERENCES features (feature_key),
      enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
      updated_at  INTEGER NOT NULL,
      PRIMARY KEY (org_id, feature_key)
    ) STRICT, WITHOUT ROWID;

    -- For each filter of the list, so that it reads no more than the page.
    CREATE INDEX overrides_by_feature ON overrides (feature_key, org_id);
    CREATE INDEX overrides_by_feature_and_setting ON overrides (feature_key, enabled, org_id);
    CREATE INDEX overrides_by_setting ON overrides (enabled, org_id, feature_key);

    -- How many overrides there are, so that counting needs no scan.
    CREATE TABLE override_counts (
      feature_key TEXT    NOT NULL,
      enabled     INTEGER NOT NULL,
      count       INTEGER NOT NULL,
      PRIMARY KEY (feature_key, enabled)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER override_inserted AFTER INSERT ON overrides BEGIN
      INSERT INTO override_counts VALUES (new.feature_key, new.enabled, 1)
      ON CONFLICT DO UPDATE SET count = count + 1;
    END;

    CREATE TRIGGER override_updated AFTER UPDATE OF enabled ON overrides WHEN old.enabled <> new.enabled BEGIN
      UPDATE override_counts SET count = count - 1 WHERE feature_key = old.feature_key AND enabled = old.enabled;
      INSERT INTO override_counts VALUES (new.feature_key, new.enabled, 1)
      ON CONFLICT DO UPDATE SET count = count + 1;
    END;

    CREATE TRIGGER override_deleted AFTER DELETE ON overrides BEGIN
      UPDATE override_counts SET count = count - 1 WHERE feature_key = old.feature_key AND enabled = old.enabled;
    END;

    CREATE TRIGGER feature_deleted AFTER DELETE ON features BEGIN
      DELETE FROM override_counts WHERE feature_key = old.feature_key;
    END;

    -- Append-only. A row without org_id is about a feature, one with it about an override.
    -- before and after are JSON objects, NULL where there was or is nothing.
    CREATE TABLE changes (
      revision    INTEGER PRIMARY KEY AUTOINCREMENT,
      time        INTEGER NOT NULL,
      actor       TEXT    NOT NULL,
      reason      TEXT    NOT NULL,
      org_id      TEXT,
      feature_key TEXT    NOT NULL,
      before      TEXT,
      after       TEXT
    ) STRICT;
  `);
  seed(db, now);
}

function seed(db: Database.Database, now: number): void {
  const feature = db.prepare("INSERT INTO features VALUES (?, ?, '', 0, 0, ?, ?)");
  const change = db.prepare(`
    INSERT INTO changes (time, actor, reason, feature_key, after)
    VALUES (?, '${migrationActor}', 'the features of the published document', ?,
            '{"description":"","default_enabled":false,"archived":false}')`);
  for (const [index, featureKey] of documentedFeatures.entries()) {
    feature.run(featureKey, index + 1, now, now);
    change.run(now, featureKey);
  }
}
