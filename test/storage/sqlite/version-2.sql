-- A database of version 2 with content, as that version wrote it.
PRAGMA application_id = 0x6f666c31;
PRAGMA user_version = 2;

CREATE TABLE features (
  feature_key     TEXT    NOT NULL PRIMARY KEY,
  position        INTEGER NOT NULL UNIQUE,
  description     TEXT    NOT NULL,
  default_enabled INTEGER NOT NULL CHECK (default_enabled IN (0, 1)),
  archived        INTEGER NOT NULL CHECK (archived IN (0, 1)),
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
, revision INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE TABLE overrides (
  org_id      TEXT    NOT NULL,
  feature_key TEXT    NOT NULL REFERENCES features (feature_key),
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  updated_at  INTEGER NOT NULL, expires_at INTEGER,
  PRIMARY KEY (org_id, feature_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX overrides_by_feature ON overrides (feature_key, org_id);

CREATE INDEX overrides_by_feature_and_setting ON overrides (feature_key, enabled, org_id);

CREATE INDEX overrides_by_setting ON overrides (enabled, org_id, feature_key);

CREATE TABLE override_counts (
  feature_key TEXT    NOT NULL,
  enabled     INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (feature_key, enabled)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX overrides_by_expiry ON overrides (expires_at, org_id, feature_key) WHERE expires_at IS NOT NULL;

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

CREATE INDEX changes_by_organisation ON changes (org_id);

CREATE INDEX changes_by_feature ON changes (feature_key);

CREATE INDEX changes_by_actor ON changes (actor);

CREATE INDEX changes_of_features ON changes (feature_key) WHERE org_id IS NULL;

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

CREATE TABLE idempotency_keys (
  actor       TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  outcome     TEXT    NOT NULL,
  time        INTEGER NOT NULL,
  PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (time);

INSERT INTO features VALUES
  ('brand.new', 5, '', 0, 0, 1700000003000, 1700000003000, 8),
  ('driver_declarations', 1, '', 0, 0, 1700000001000, 1700000001000, 1),
  ('encrypted_storage', 2, 'Files at rest', 1, 0, 1700000001000, 1700000004000, 10),
  ('multi_template', 4, '', 0, 1, 1700000001000, 1700000009000, 16),
  ('sms_reminders', 3, '', 0, 0, 1700000001000, 1700000001000, 3);

INSERT INTO overrides VALUES
  ('acme', 'driver_declarations', 1, 1700000020000, 1900000000000),
  ('acme', 'encrypted_storage', 0, 1700000003000, NULL),
  ('acme', 'sms_reminders', 0, 1700000010000, NULL),
  ('initech', 'brand.new', 1, 1700000003000, NULL);

INSERT INTO override_counts VALUES
  ('brand.new', 1, 1),
  ('driver_declarations', 1, 1),
  ('encrypted_storage', 0, 1),
  ('sms_reminders', 0, 1),
  ('sms_reminders', 1, 0);

INSERT INTO changes VALUES
  (5, 1700000002000, 'ada', 'pilot customer', 'acme', 'sms_reminders', NULL, '{"enabled":true}'),
  (6, 1700000003000, 'bob', '', 'acme', 'encrypted_storage', NULL, '{"enabled":false}'),
  (7, 1700000003000, 'bob', '', 'globex', 'sms_reminders', NULL, '{"enabled":false}'),
  (8, 1700000003000, 'bob', '', NULL, 'brand.new', NULL, '{"description":"","default_enabled":false,"archived":false}'),
  (9, 1700000003000, 'bob', '', 'initech', 'brand.new', NULL, '{"enabled":true}'),
  (10, 1700000004000, 'ada', 'pilot customer', NULL, 'encrypted_storage', '{"description":"","default_enabled":false,"archived":false}', '{"description":"Files at rest","default_enabled":true,"archived":false}'),
  (11, 1700000005000, 'bob', '', NULL, 'gone', NULL, '{"description":"","default_enabled":false,"archived":false}'),
  (12, 1700000006000, 'ada', 'pilot customer', 'hooli', 'gone', NULL, '{"enabled":true}'),
  (13, 1700000007000, 'ada', 'pilot customer', 'hooli', 'gone', '{"enabled":true}', NULL),
  (14, 1700000007000, 'ada', 'pilot customer', NULL, 'gone', '{"description":"","default_enabled":false,"archived":false}', NULL),
  (15, 1700000008000, 'bob', '', 'globex', 'sms_reminders', '{"enabled":false}', NULL),
  (16, 1700000009000, 'bob', '', NULL, 'multi_template', '{"description":"","default_enabled":false,"archived":false}', '{"description":"","default_enabled":false,"archived":true}'),
  (17, 1700000010000, 'ada', 'pilot customer', 'acme', 'sms_reminders', '{"enabled":true}', '{"enabled":false}'),
  (18, 1700000020000, 'ada', 'a test', 'acme', 'driver_declarations', NULL, '{"enabled":true,"expires_at":1900000000000}'),
  (19, 1700000021000, 'ada', 'a test', 'globex', 'sms_reminders', NULL, '{"scheduled":{"enabled":true,"starts_at":1900000000000}}');

INSERT INTO scheduled_settings VALUES
  ('globex', 'sms_reminders', 1, 1900000000000, NULL, 1700000021000, 'ada', 'a test');

INSERT INTO organisations VALUES
  ('acme', 3, 0),
  ('initech', 1, 0);

INSERT INTO summary VALUES
  (1, 16, 2, 4, 1700000001000);

INSERT INTO idempotency_keys VALUES
  ('ada', 'k1', 'f1', '{"changed":true,"enabled":false,"time":1700000021000}', 1700000021000);

UPDATE sqlite_sequence SET seq = 19 WHERE name = 'changes';

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
