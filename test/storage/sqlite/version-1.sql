-- A database of version 1 with content, as that version wrote it.
PRAGMA application_id = 0x6f666c31;
PRAGMA user_version = 1;

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

INSERT INTO features VALUES
  ('brand.new', 5, '', 0, 0, 1700000003000, 1700000003000),
  ('driver_declarations', 1, '', 0, 0, 1700000001000, 1700000001000),
  ('encrypted_storage', 2, 'Files at rest', 1, 0, 1700000001000, 1700000004000),
  ('multi_template', 4, '', 0, 1, 1700000001000, 1700000009000),
  ('sms_reminders', 3, '', 0, 0, 1700000001000, 1700000001000);

INSERT INTO overrides VALUES
  ('acme', 'encrypted_storage', 0, 1700000003000),
  ('acme', 'sms_reminders', 0, 1700000010000),
  ('initech', 'brand.new', 1, 1700000003000);

INSERT INTO override_counts VALUES
  ('brand.new', 1, 1),
  ('encrypted_storage', 0, 1),
  ('sms_reminders', 0, 1),
  ('sms_reminders', 1, 0);

INSERT INTO changes VALUES
  (1, 1700000001000, 'system:migration', 'the features of the published document', NULL, 'driver_declarations', NULL, '{"description":"","default_enabled":false,"archived":false}'),
  (2, 1700000001000, 'system:migration', 'the features of the published document', NULL, 'encrypted_storage', NULL, '{"description":"","default_enabled":false,"archived":false}'),
  (3, 1700000001000, 'system:migration', 'the features of the published document', NULL, 'sms_reminders', NULL, '{"description":"","default_enabled":false,"archived":false}'),
  (4, 1700000001000, 'system:migration', 'the features of the published document', NULL, 'multi_template', NULL, '{"description":"","default_enabled":false,"archived":false}'),
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
  (17, 1700000010000, 'ada', 'pilot customer', 'acme', 'sms_reminders', '{"enabled":true}', '{"enabled":false}');

UPDATE sqlite_sequence SET seq = 17 WHERE name = 'changes';

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
