import { randomBytes } from "node:crypto";
import type Database from "better-sqlite3";

const ticketKeyBytes = 32;

/** Version 3: who may call. */
export function addTokens(db: Database.Database): void {
  db.exec(tables);
  db.prepare("INSERT INTO access VALUES (1, 0, ?)").run(randomBytes(ticketKeyBytes));
  db.exec(counted);
}

const tables = `
  -- Secrets are kept as their SHA-256 alone. Organisations and features are JSON arrays, NULL for all.
  CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('token', 'certificate')),
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
    org_ids      TEXT,
    feature_keys TEXT,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    hash         BLOB    CHECK ((hash IS NULL) = (kind = 'certificate'))
  ) STRICT;
  CREATE UNIQUE INDEX tokens_by_certificate ON tokens (name) WHERE kind = 'certificate' AND revoked_at IS NULL;

  CREATE TABLE access (
    only_row      INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- Another one after each change of a token, so that whoever remembers tokens sees when to forget them.
    token_version INTEGER NOT NULL,
    -- What tickets for streams of events are signed with.
    ticket_key    BLOB    NOT NULL
  ) STRICT;
`;

// When a token was last used is no change of it.
const counted = `
  CREATE TRIGGER token_inserted AFTER INSERT ON tokens BEGIN
    UPDATE access SET token_version = token_version + 1;
  END;

  CREATE TRIGGER token_updated
  AFTER UPDATE OF id, kind, name, role, org_ids, feature_keys, created_at, expires_at, revoked_at, hash ON tokens BEGIN
    UPDATE access SET token_version = token_version + 1;
  END;

  CREATE TRIGGER token_deleted AFTER DELETE ON tokens BEGIN
    UPDATE access SET token_version = token_version + 1;
  END;
`;
