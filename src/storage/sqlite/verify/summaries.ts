import type Database from "better-sqlite3";
import type { Findings } from "./findings.ts";
import type { LogWindow } from "./log-window.ts";
import { verifyReferences } from "./pages.ts";

/** A check by a query, whose rows say what is wrong in their only column. */
interface Check {
  /** The first version of which it holds. */
  readonly since: number;
  readonly sql: string;
}

/** What integrity_check does not look at in tables without a rowid. */
function switchCheck(table: string, column: string): Check {
  return {
    since: 1,
    sql: `SELECT '${table}: a row has a value of ${column} that is neither 0 nor 1' FROM ${table} WHERE ${column} NOT IN (0, 1)`,
  };
}

/** Verifies that what triggers and pruning note is what a count of the rest comes to. */
export function verifySummaries(db: Database.Database, version: number, log: LogWindow, findings: Findings): void {
  verifyReferences(db, findings);
  for (const { sql } of checks.filter(({ since }) => since <= version)) {
    const lines = db.prepare<[object], string>(sql).pluck();
    for (const line of lines.iterate({ pruned: log.pruned })) {
      findings.add(line);
    }
  }
}

const checks: readonly Check[] = [
  ...Object.entries({
    features: ["default_enabled", "archived"],
    overrides: ["enabled"],
    scheduled_settings: ["enabled"],
  }).flatMap(([table, columns]) => columns.map((column) => switchCheck(table, column))),
  {
    since: 1,
    sql: `
      SELECT format('override_counts: %d overrides of "%s" are %s, but there are %d',
        coalesce(kept.count, 0), coalesce(kept.feature_key, counted.feature_key),
        iif(coalesce(kept.enabled, counted.enabled), 'on', 'off'), coalesce(counted.count, 0))
      FROM override_counts kept
      FULL JOIN (SELECT feature_key, enabled, count(*) AS count FROM main.overrides GROUP BY feature_key, enabled) counted
        ON kept.feature_key = counted.feature_key AND kept.enabled = counted.enabled
      WHERE coalesce(kept.count, 0) <> coalesce(counted.count, 0)`,
  },
  {
    since: 2,
    sql: `
      SELECT format('organisations: "%s" is said to have %d overrides, but there are %d', org_id, overrides, there)
      FROM (
        SELECT org_id, overrides,
          (SELECT count(*) FROM overrides WHERE overrides.org_id = organisations.org_id) AS there FROM organisations)
      WHERE overrides <> there`,
  },
  {
    since: 2,
    sql: `
      SELECT format('organisations: "%s" has overrides, but is not there', org_id)
      FROM (SELECT DISTINCT org_id FROM overrides) WHERE org_id NOT IN (SELECT org_id FROM organisations)`,
  },
  {
    since: 2,
    sql: `
      SELECT format('organisations: "%s" has lost revision %d, but only those up to %d were removed',
        org_id, pruned_revision, :pruned)
      FROM organisations WHERE pruned_revision NOT BETWEEN 0 AND :pruned`,
  },
  {
    since: 2,
    sql: `
      SELECT format('summary: %d organisations are said to have overrides, but %d have', organisations, there)
      FROM (SELECT organisations, (SELECT count(*) FROM organisations WHERE overrides > 0) AS there FROM summary)
      WHERE organisations <> there`,
  },
  {
    // Where no change of a feature is kept, the last one is among those that were removed.
    since: 2,
    sql: `
      SELECT format('summary: revision %d is said to be the last change of a feature, but that is %s',
        catalogue_revision, coalesce(last, 'none of those that are kept'))
      FROM (
        SELECT catalogue_revision, (SELECT max(revision) FROM changes WHERE org_id IS NULL) AS last FROM summary)
      WHERE iif(last IS NULL, catalogue_revision NOT BETWEEN 0 AND :pruned, catalogue_revision <> last)`,
  },
  {
    since: 2,
    sql: `
      SELECT format('features: revision %d is said to be the last change of "%s", but that is %s',
        revision, feature_key, coalesce(last, 'none of those that are kept'))
      FROM (
        SELECT feature_key, revision, (
          SELECT max(revision) FROM changes
          WHERE org_id IS NULL AND changes.feature_key = features.feature_key) AS last
        FROM features)
      WHERE iif(last IS NULL, revision NOT BETWEEN 0 AND :pruned, revision <> last)`,
  },
  {
    since: 2,
    sql: `
      SELECT format('idempotency_keys: the outcome under the key "%s" of "%s" is no JSON', key, actor)
      FROM idempotency_keys WHERE NOT json_valid(outcome)`,
  },
  {
    since: 3,
    sql: "SELECT 'access: it must have exactly one row' FROM (SELECT count(*) AS count FROM access) WHERE count <> 1",
  },
  {
    since: 3,
    sql: `
      SELECT format('tokens: what the token "%s" is for is no JSON', id)
      FROM tokens WHERE NOT json_valid(coalesce(org_ids, '[]')) OR NOT json_valid(coalesce(feature_keys, '[]'))`,
  },
];
