import type Database from "better-sqlite3";

/** Version 2: overrides and plans with times, a history that can be searched and pruned, and idempotency keys. */
export function addHistory(db: Database.Database): void {
  db.exec(times);
  db.exec(searches);
  db.exec(summaries);
  fillSummaries(db);
  db.exec(keptTrue);
  db.exec(idempotencyKeys);
}

/** Counts and looks up anew what triggers keep true from then on, after rows were written without them. */
export function fillSummaries(db: Database.Database): void {
  db.exec(emptySummaries);
  db.exec(fromTheRest);
}

const times = `
  ALTER TABLE overrides ADD COLUMN expires_at INTEGER;
  CREATE INDEX overrides_by_expiry ON overrides (expires_at, org_id, feature_key) WHERE expires_at IS NOT NULL;

  -- A setting that begins by itself; at most one for each organisation and feature.
  CREATE TABLE scheduled_settings (
    org_id      TEXT    NOT NULL,
    feature_key TEXT    NOT NULL REFERENCES features (feature_key),
    enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    starts_at   INTEGER NOT NULL,
    expires_at  INTEGER,
    planned_at  INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (org_id, feature_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX scheduled_settings_by_start ON scheduled_settings (starts_at, org_id, feature_key);
  CREATE INDEX scheduled_settings_by_feature ON scheduled_settings (feature_key, org_id);
`;

// An index ends in the revision by itself. None is on the time: it never goes back, so a search by halves finds it.
const searches = `
  CREATE INDEX changes_by_organisation ON changes (org_id);
  CREATE INDEX changes_by_feature ON changes (feature_key);
  CREATE INDEX changes_by_actor ON changes (actor);
  CREATE INDEX changes_of_features ON changes (feature_key) WHERE org_id IS NULL;
`;

const summaries = `
  -- The revision of the feature's last change.
  ALTER TABLE features ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

  -- Every organisation that ever had an override, or of which changes were pruned: how many overrides it has, and its
  -- last change that is no longer kept, 0 where all are. The others are in the log: no write has to note them here.
  CREATE TABLE organisations (
    org_id          TEXT    NOT NULL PRIMARY KEY,
    overrides       INTEGER NOT NULL,
    pruned_revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE summary (
    only_row           INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- The last change of any feature.
    catalogue_revision INTEGER NOT NULL,
    -- How many organisations have overrides.
    organisations      INTEGER NOT NULL,
    -- The last change that is no longer kept: 0 and NULL where all are.
    pruned_revision    INTEGER NOT NULL,
    pruned_time        INTEGER
  ) STRICT;
`;

const emptySummaries = "DELETE FROM organisations; DELETE FROM summary;";

const fromTheRest = `
  UPDATE features SET revision =
    (SELECT coalesce(max(revision), 0) FROM changes WHERE org_id IS NULL AND feature_key = features.feature_key);

  INSERT INTO organisations SELECT org_id, count(*), 0 FROM overrides GROUP BY org_id;

  INSERT INTO summary SELECT 1,
    (SELECT coalesce(max(revision), 0) FROM changes WHERE org_id IS NULL),
    (SELECT count(*) FROM organisations), 0, NULL;
`;

const keptTrue = `
  CREATE TRIGGER feature_changed AFTER INSERT ON changes WHEN new.org_id IS NULL BEGIN
    UPDATE features SET revision = new.revision WHERE feature_key = new.feature_key;
    UPDATE summary SET catalogue_revision = new.revision;
  END;

  CREATE TRIGGER organisation_gained_override AFTER INSERT ON overrides BEGIN
    INSERT INTO organisations VALUES (new.org_id, 1, 0)
    ON CONFLICT DO UPDATE SET overrides = overrides + 1;
  END;

  CREATE TRIGGER organisation_lost_override AFTER DELETE ON overrides BEGIN
    UPDATE organisations SET overrides = overrides - 1 WHERE org_id = old.org_id;
  END;

  CREATE TRIGGER organisation_inserted AFTER INSERT ON organisations WHEN new.overrides > 0 BEGIN
    UPDATE summary SET organisations = organisations + 1;
  END;

  CREATE TRIGGER organisation_updated AFTER UPDATE OF overrides ON organisations
  WHEN (old.overrides > 0) <> (new.overrides > 0) BEGIN
    UPDATE summary SET organisations = organisations + iif(new.overrides > 0, 1, -1);
  END;
`;

const idempotencyKeys = `
  -- What a write under a key came to, as JSON, so that the same write again is answered and not made.
  CREATE TABLE idempotency_keys (
    actor       TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_time ON idempotency_keys (time);
`;
