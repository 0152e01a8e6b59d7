import Database from "better-sqlite3";
import { openForReading, readError, readVersion } from "../connection.ts";
import { latestVersion } from "../migrations.ts";
import { verifyFeatures } from "./feature-replay.ts";
import { Findings } from "./findings.ts";
import { verifyLogOrder } from "./log-order.ts";
import { type LogWindow, readLogWindow } from "./log-window.ts";
import { verifyOverrides } from "./override-replay.ts";
import { verifyPages } from "./pages.ts";
import { verifySchema } from "./schema.ts";
import { verifySummaries } from "./summaries.ts";

/** How much there is in a database. */
export interface Contents {
  readonly version: number;
  readonly revision: number;
  readonly features: number;
  readonly overrides: number;
  readonly scheduled: number;
  readonly changes: number;
  /** Tokens and certificates that are not revoked. */
  readonly tokens: number;
}

/** What a verification came to. */
export interface Verification {
  /** What is wrong, one line each, a hundred at the most; empty where nothing is. */
  readonly findings: readonly string[];
  /** How many there are in all. */
  readonly total: number;
  /** Undefined where so much is wrong that it can't be counted. */
  readonly contents: Contents | undefined;
}

// Of the page cache: the log is read in the order of organisations, which is not the one it was written in.
const cacheKiB = 65_536;

// The version that has them first.
const tokensSince = 3;

/**
 * Verifies a database file as it is at one moment, while others may use it, and never writes to it: its pages and
 * indexes, its tables, what is counted, and that what is stored is what the log says. Throws StoreOpenError where it
 * can't be read, is newer than this program, or is another program's.
 */
export function verifyFile(file: string): Verification {
  const findings = new Findings();
  let contents: Contents | undefined;
  try {
    const db = openForReading(file);
    try {
      db.pragma(`cache_size = -${cacheKiB}`);
      contents = verify(db, file, findings);
    } finally {
      db.close();
    }
  } catch (error) {
    if (!isDamage(error)) {
      throw readError(file, error);
    }
    findings.add(`it can't be read on: ${error.message}`);
  }
  return { findings: findings.lines, total: findings.total, contents };
}

function verify(db: Database.Database, file: string, findings: Findings): Contents | undefined {
  const version = readVersion(db, file);
  if (version === 0) {
    findings.add("it is empty: no database was ever made in it, or it was cut to nothing");
    return undefined;
  }
  return db
    .transaction(() => {
      // What lies on damaged pages, or in tables that are not there, says nothing.
      if (!verifyPages(db, findings) || !verifySchema(db, version, findings)) {
        return undefined;
      }
      return verifyContents(db, version, findings);
    })
    .deferred();
}

function verifyContents(db: Database.Database, version: number, findings: Findings): Contents | undefined {
  const log = readLogWindow(db, version);
  if (log === undefined) {
    findings.add("summary: it must have exactly one row");
    return undefined;
  }
  showAsLatest(db, version);
  verifyLogOrder(db, log, findings);
  verifyFeatures(db, log, findings);
  verifyOverrides(db, log, findings);
  verifySummaries(db, version, log, findings);
  return contentsOf(db, version, log);
}

/** Lets an older database be read as one of the latest version, by temporary views, which stand before its tables. */
function showAsLatest(db: Database.Database, version: number): void {
  if (version === 1) {
    db.exec(`
      CREATE TEMP VIEW overrides AS SELECT *, NULL AS expires_at FROM main.overrides;
      CREATE TEMP VIEW features AS SELECT *, NULL AS revision FROM main.features;
      CREATE TEMP VIEW scheduled_settings AS
        SELECT '' AS org_id, '' AS feature_key, 0 AS enabled, 0 AS starts_at, NULL AS expires_at, 0 AS planned_at,
          '' AS actor, '' AS reason
        WHERE false;`);
  }
}

function contentsOf(db: Database.Database, version: number, { last }: LogWindow): Contents {
  const count = (table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  return {
    version,
    revision: last,
    features: count("features"),
    overrides: count("overrides"),
    scheduled: count("scheduled_settings"),
    changes: count("changes"),
    tokens: version < tokensSince ? 0 : count("tokens WHERE revoked_at IS NULL"),
  };
}

function isDamage(error: unknown): error is Error {
  const code = error instanceof Database.SqliteError ? error.code : "";
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}

/** Whether a database is of the version that this program reads and writes. */
export function isLatest({ version }: Contents): boolean {
  return version === latestVersion;
}
