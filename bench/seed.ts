import Database from "better-sqlite3";
import { prepareFile } from "../src/storage/sqlite/connection.ts";
import { fillSummaries } from "../src/storage/sqlite/history-migration.ts";

/** What a database is filled with. */
export interface Seed {
  /** Features in the catalogue, at least the four of a new database. */
  readonly features: number;
  readonly organisations: number;
  /** Every organisation has as many of its own, all on, of the features that sort first. */
  readonly overridesEach: number;
}

/** The id of the organisation with a number from 0; all have the same length. */
export function organisationId(number: number): string {
  return `org_${String(number).padStart(8, "0")}`;
}

/** The key of the added feature with a number from 0; the catalogue has four others before it. */
export function featureKey(number: number): string {
  return `feature_${String(number).padStart(3, "0")}`;
}

const newFeatures = 4;
const moment = Date.UTC(2026, 0, 1);

/**
 * Makes a database and fills it past the service, with the log that the service would have written. Sorted keys make
 * this about a million overrides in a few seconds.
 */
export function seedDatabase(file: string, { features, organisations, overridesEach }: Seed): void {
  prepareFile(file, moment);
  const db = new Database(file);
  try {
    // Nobody minds the loss of what can be made again.
    db.pragma("synchronous = OFF");
    db.transaction(() => {
      const putBack = dropUpkeep(db);
      addFeatures(db, features - newFeatures);
      addOverrides(db, organisations, overridesEach);
      putBack();
    })();
    db.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

/** Row by row, indexes of the log and summaries would cost more than the rows; the result makes them at once. */
function dropUpkeep(db: Database.Database): () => void {
  const upkeep = db
    .prepare<[], { type: string; name: string; sql: string }>(`
      SELECT type, name, sql FROM sqlite_schema
      WHERE tbl_name IN ('changes', 'organisations') AND type IN ('index', 'trigger') AND sql IS NOT NULL
        OR name IN ('organisation_gained_override', 'organisation_lost_override')`)
    .all();
  for (const { type, name } of upkeep) {
    db.exec(`DROP ${type} ${name}`);
  }
  return () => {
    for (const { sql } of upkeep.filter(({ type }) => type === "index")) {
      db.exec(sql);
    }
    fillSummaries(db);
    for (const { sql } of upkeep.filter(({ type }) => type === "trigger")) {
      db.exec(sql);
    }
  };
}

function addFeatures(db: Database.Database, count: number): void {
  const feature = db.prepare(`
    INSERT INTO features (feature_key, position, description, default_enabled, archived, created_at, updated_at)
    VALUES (?, ?, '', 0, 0, ?, ?)`);
  const change = db.prepare(`
    INSERT INTO changes (time, actor, reason, feature_key, after)
    VALUES (?, 'bench', '', ?, '{"description":"","default_enabled":false,"archived":false}')`);
  for (let number = 0; number < count; number++) {
    const key = featureKey(number);
    feature.run(key, newFeatures + 1 + number, moment, moment);
    change.run(moment, key);
  }
}

function addOverrides(db: Database.Database, organisations: number, each: number): void {
  const parameters = { last: organisations * each - 1, each, moment };
  if (parameters.last < 0) {
    return;
  }
  db.prepare(`
    INSERT INTO overrides (org_id, feature_key, enabled, updated_at)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT printf('org_%08d', n / :each), printf('feature_%03d', n % :each), 1, :moment FROM numbers`).run(parameters);
  db.prepare(`
    INSERT INTO changes (time, actor, reason, org_id, feature_key, before, after)
    SELECT :moment, 'bench', '', org_id, feature_key, NULL, '{"enabled":true}' FROM overrides`).run({ moment });
}
