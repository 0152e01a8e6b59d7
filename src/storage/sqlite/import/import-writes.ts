import Database from "better-sqlite3";
import { keepingSame } from "../../../domain/override.ts";
import type { Difference, ImportMode, ImportScope } from "../../import.ts";
import { Refused } from "../../refused.ts";
import { ChangeLog } from "../change-log.ts";
import { DueWrites } from "../due-writes.ts";
import { FeatureWrites } from "../feature-writes.ts";
import { OverrideStates } from "../override-states.ts";
import { overrideStateFromText, overrideStateToText } from "../state-text.ts";
import { Comparison, type FeatureDifference } from "./comparison.ts";
import type { Wanted } from "./wanted.ts";

interface DifferingRow {
  readonly org_id: string;
  readonly feature_key: string;
  readonly wanted: string | null;
}

/** What is to be made so, and how. */
export interface ImportTask {
  readonly wanted: Wanted;
  readonly scope: ImportScope;
  readonly mode: ImportMode;
  readonly onChange: (difference: Difference) => void;
}

interface LogRow {
  readonly last: number;
  readonly pruned: number;
}

const pageSize = 1000;

/** The writes of an import: first compared, then made in one transaction, or some of them in each. */
export class ImportWrites {
  readonly #wanted: Wanted;
  readonly #scope: ImportScope;
  readonly #mode: ImportMode;
  readonly #onChange: (difference: Difference) => void;
  readonly #comparison: Comparison;
  readonly #log: ChangeLog;
  readonly #features: FeatureWrites;
  readonly #states: OverrideStates;
  readonly #due: DueWrites;
  readonly #logState: Database.Statement<[], LogRow>;
  readonly #clear: Database.Statement<[]>;
  readonly #note: Database.Statement<[string, string]>;
  readonly #noteChanged: Database.Statement<[object]>;
  readonly #page: Database.Statement<[object], DifferingRow>;
  // The last revision of the moment at which was compared.
  #compared = 0;
  #hasBegun = false;
  #orgId = "";
  #featureKey = "";

  constructor(db: Database.Database, { wanted, scope, mode, onChange }: ImportTask) {
    this.#wanted = wanted;
    this.#scope = scope;
    this.#mode = mode;
    this.#onChange = onChange;
    this.#comparison = new Comparison(db, scope);
    this.#log = new ChangeLog(db);
    this.#features = new FeatureWrites(db, this.#log, "strict");
    this.#states = new OverrideStates(db, this.#log);
    this.#due = new DueWrites(db, this.#log, this.#states);
    this.#logState = db.prepare(selectLogState);
    this.#clear = db.prepare("DELETE FROM differing");
    this.#note = db.prepare("INSERT OR IGNORE INTO differing VALUES (?, ?)");
    this.#noteChanged = db.prepare(noteChanged(scope));
    this.#page = db.prepare(selectDiffering);
  }

  /** Notes what differs, all of one moment, and answers whether anything does. */
  compare(): boolean {
    this.#compared = this.#logState.get()?.last ?? 0;
    this.#clear.run();
    let count = this.#comparison.features().length;
    for (const { orgId, featureKey } of this.#comparison.overrides()) {
      this.#note.run(orgId, featureKey);
      count++;
    }
    return count > 0;
  }

  /** Makes some or all of it so, inside a transaction; `clock` in milliseconds since 1970, UTC. Answers whether more is left. */
  writeSome(clock: number): boolean {
    this.#log.begin(clock);
    const features = this.#comparison.features();
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#requireKnown();
      this.#compareSince();
      this.#writeFeatures(features.filter(({ after }) => after !== undefined));
    }
    const isMore = this.#writeOverrides(this.#mode.batchSize ?? Number.POSITIVE_INFINITY);
    if (!isMore) {
      // Their overrides are gone by now.
      this.#writeFeatures(features.filter(({ after }) => after === undefined));
    }
    return isMore;
  }

  /** Somebody may have removed a feature since the import was checked. */
  #requireKnown(): void {
    const [unknown] = this.#wanted.unknownFeatures(this.#scope);
    if (unknown !== undefined) {
      throw new Refused(`the feature "${unknown.featureKey}" was removed meanwhile; nothing was imported`);
    }
  }

  /** Notes what others have changed since it was compared. */
  #compareSince(): void {
    const { pruned = 0 } = this.#logState.get() ?? {};
    if (pruned > this.#compared) {
      // The log no longer says it.
      this.compare();
    } else {
      const { orgId, featureKey } = this.#scope;
      this.#noteChanged.run({ since: this.#compared, orgId, featureKey });
    }
  }

  #writeFeatures(differences: readonly FeatureDifference[]): void {
    for (const difference of differences) {
      const { featureKey, after } = difference;
      this.#features.restoreFeature(featureKey, after, true, this.#mode);
      this.#onChange(difference);
    }
  }

  #writeOverrides(limit: number): boolean {
    for (let left = limit; left > 0; ) {
      const place = { orgId: this.#orgId, featureKey: this.#featureKey };
      const rows = this.#page.all({ ...place, limit: Math.min(left, pageSize) });
      for (const row of rows) {
        this.#writeOverride(row);
        [this.#orgId, this.#featureKey] = [row.org_id, row.feature_key];
      }
      if (rows.length < Math.min(left, pageSize)) {
        return false;
      }
      left -= rows.length;
    }
    return true;
  }

  #writeOverride({ org_id: orgId, feature_key: featureKey, wanted }: DifferingRow): void {
    if (this.#due.isAnyDue()) {
      this.#due.applyWithin({ orgIds: [orgId], featureKey: undefined });
    }
    const before = this.#states.get(orgId, featureKey)?.state;
    if (overrideStateToText(before) !== wanted) {
      const after = keepingSame(before, overrideStateFromText(wanted));
      try {
        this.#states.replace(orgId, featureKey, before, after, this.#mode);
      } catch (error) {
        throw removedMeanwhile(featureKey, error);
      }
      this.#onChange({ kind: "override", orgId, featureKey, before, after });
    }
  }
}

/** Somebody may remove a feature between two batches. */
function removedMeanwhile(featureKey: string, error: unknown): unknown {
  return error instanceof Database.SqliteError && error.code === "SQLITE_CONSTRAINT_FOREIGNKEY"
    ? new Refused(`the feature "${featureKey}" was removed meanwhile; import again: what is done already is left alone`)
    : error;
}

const selectLogState = `
  SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'changes') AS last, pruned_revision AS pruned FROM summary`;

const selectDiffering = `
  SELECT d.org_id, d.feature_key, w.state AS wanted FROM differing d
  LEFT JOIN wanted_flags w ON w.org_id = d.org_id AND w.feature_key = d.feature_key
  WHERE (d.org_id, d.feature_key) > (:orgId, :featureKey)
  ORDER BY d.org_id, d.feature_key LIMIT :limit`;

/** What is not in the import is of no concern, unless it is to be removed. */
function noteChanged({ orgId, featureKey, prune }: ImportScope): string {
  const inScope = [
    "true",
    ...(orgId === undefined ? [] : ["org_id = :orgId"]),
    ...(featureKey === undefined ? [] : ["feature_key = :featureKey"]),
  ];
  return `
    INSERT OR IGNORE INTO differing SELECT org_id, feature_key FROM changes
    WHERE revision > :since AND org_id IS NOT NULL AND (
      EXISTS (SELECT * FROM wanted_flags w WHERE w.org_id = changes.org_id AND w.feature_key = changes.feature_key)
      ${prune ? `OR ${inScope.join(" AND ")}` : ""})`;
}
