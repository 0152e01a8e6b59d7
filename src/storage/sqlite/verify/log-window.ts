import type Database from "better-sqlite3";

/** What of the log is kept, by its revisions. */
export interface LogWindow {
  /** The last revision that is no longer kept; 0 where all are. */
  readonly pruned: number;
  /** When that change was made, in milliseconds since 1970, UTC; null where all are kept. */
  readonly prunedTime: number | null;
  /** The last revision there ever was. */
  readonly last: number;
  /** The last change of an organisation that is no longer kept; 0 where all are. */
  prunedOf(orgId: string): number;
}

interface SummaryRow {
  readonly pruned_revision: number;
  readonly pruned_time: number | null;
}

/** Reads what of the log is kept; undefined where the database does not say it. */
export function readLogWindow(db: Database.Database, version: number): LogWindow | undefined {
  const last = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").pluck().get() ?? 0;
  // Nothing was pruned by the first version.
  if (version === 1) {
    return { pruned: 0, prunedTime: null, last, prunedOf: () => 0 };
  }
  const [row, ...more] = db.prepare<[], SummaryRow>("SELECT pruned_revision, pruned_time FROM summary").all();
  const prunedOf = db.prepare<[string], number>("SELECT pruned_revision FROM organisations WHERE org_id = ?").pluck();
  return row === undefined || more.length > 0
    ? undefined
    : {
        pruned: row.pruned_revision,
        prunedTime: row.pruned_time,
        last,
        prunedOf: (orgId) => prunedOf.get(orgId) ?? 0,
      };
}
