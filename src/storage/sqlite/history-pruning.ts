import type Database from "better-sqlite3";
import type { HistoryRetention } from "../../domain/change.ts";
import type { ChangeLog } from "./change-log.ts";
import type { ChangeLookup } from "./change-lookup.ts";

// So many at a time that other writes are not held up.
const maxPrunedAtOnce = 1000;

/** Removes the oldest changes, inside a transaction. */
export class HistoryPruning {
  readonly #log: ChangeLog;
  readonly #lookup: ChangeLookup;
  readonly #remember: Database.Statement<{ revision: number }>;
  readonly #rememberOrganisations: Database.Statement<{ revision: number }>;
  readonly #delete: Database.Statement<[number]>;

  constructor(db: Database.Database, log: ChangeLog, lookup: ChangeLookup) {
    this.#log = log;
    this.#lookup = lookup;
    this.#remember = db.prepare(`
      UPDATE summary SET pruned_revision = :revision,
        pruned_time = (SELECT time FROM changes WHERE revision = :revision)`);
    this.#rememberOrganisations = db.prepare(`
      INSERT INTO organisations SELECT org_id, 0, max(revision) FROM changes
      WHERE revision <= :revision AND org_id IS NOT NULL GROUP BY org_id
      ON CONFLICT DO UPDATE SET pruned_revision = excluded.pruned_revision`);
    this.#delete = db.prepare("DELETE FROM changes WHERE revision <= ?");
  }

  /** Removes some of what need not be kept, and answers whether there is more. The last change always stays. */
  prune({ maxAgeMs, maxChanges }: HistoryRetention): boolean {
    const { prunedRevision, lastRevision } = this.#lookup.bounds();
    const tooMany = maxChanges === undefined ? 0 : lastRevision - maxChanges;
    const tooOld = maxAgeMs === undefined ? 0 : this.#lookup.lastUpTo(this.#log.clock - maxAgeMs - 1);
    const goal = Math.min(Math.max(tooMany, tooOld), lastRevision - 1);
    const revision = Math.min(goal, prunedRevision + maxPrunedAtOnce);
    if (revision <= prunedRevision) {
      return false;
    }
    this.#remember.run({ revision });
    this.#rememberOrganisations.run({ revision });
    this.#delete.run(revision);
    return goal > revision;
  }
}
