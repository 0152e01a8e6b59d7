import type Database from "better-sqlite3";
import type { Change, HistoryBounds } from "../../domain/change.ts";
import { type ChangeRow, changeFromRow } from "./rows.ts";

/** Finds single changes, and where a time stands in the log; for readers and writers alike. */
export class ChangeLookup {
  readonly #select: Database.Statement<[number], ChangeRow>;
  readonly #timeOf: Database.Statement<[number], number>;
  readonly #bounds: Database.Statement<[], BoundsRow>;

  constructor(db: Database.Database) {
    this.#select = db.prepare("SELECT * FROM changes WHERE revision = ?");
    this.#timeOf = db.prepare<[number], number>("SELECT time FROM changes WHERE revision = ?").pluck();
    // The sequence, not max(revision): it outlives the rows.
    this.#bounds = db.prepare(`
      SELECT pruned_revision, pruned_time, (SELECT seq FROM sqlite_sequence WHERE name = 'changes') AS last_revision
      FROM summary`);
  }

  /** The change of a revision; undefined where it is not kept or never was. */
  get(revision: number): Change | undefined {
    const row = this.#select.get(revision);
    return row && changeFromRow(row);
  }

  /** The state of the log. */
  bounds(): HistoryBounds {
    const row = this.#bounds.get();
    return {
      prunedRevision: row?.pruned_revision ?? 0,
      prunedTime: row?.pruned_time ?? undefined,
      lastRevision: row?.last_revision ?? 0,
    };
  }

  /** The last kept change that was made at a time or before; the last pruned revision where there is none. */
  lastUpTo(time: number): number {
    const { prunedRevision, lastRevision } = this.bounds();
    let [low, high] = [prunedRevision, lastRevision];
    // Times never go back, and revisions have no gaps: all up to `low` are made by then, none after `high` is.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#timeOf.get(middle) ?? 0) <= time) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}

interface BoundsRow {
  readonly pruned_revision: number;
  readonly pruned_time: number | null;
  readonly last_revision: number | null;
}
