import type Database from "better-sqlite3";
import type { FeatureState } from "../../../domain/feature.ts";
import type { Difference, ImportScope } from "../../import.ts";
import { selectStates } from "../override-states.ts";
import { type FeatureRow, featureFromRow, type OverrideStateRow, overrideStateFromRow } from "../rows.ts";
import { featureStateFromText, featureStateToText, overrideStateFromText, overrideStateToText } from "../state-text.ts";
import { removesFeatures } from "./wanted.ts";

export type FeatureDifference = Extract<Difference, { kind: "feature" }>;
export type OverrideDifference = Extract<Difference, { kind: "override" }>;

interface WantedFeatureRow {
  readonly feature_key: string;
  readonly state: string;
}

interface FlagRow extends OverrideStateRow {
  readonly wanted: string | null;
}

const pageSize = 1000;

/** Compares what is to be with what is. It is read page by page, so that writes can come between two differences. */
export class Comparison {
  readonly #scope: ImportScope;
  readonly #features: Database.Statement<[], FeatureRow>;
  readonly #wantedFeatures: Database.Statement<[], WantedFeatureRow>;
  readonly #flags: Database.Statement<[object], FlagRow>;

  constructor(db: Database.Database, scope: ImportScope) {
    this.#scope = scope;
    this.#features = db.prepare("SELECT * FROM features");
    this.#wantedFeatures = db.prepare("SELECT * FROM wanted_features");
    this.#flags = db.prepare(selectFlags(scope));
  }

  /** The features that differ, in the order of their keys. */
  features(): readonly FeatureDifference[] {
    const there = new Map(this.#features.all().map((row) => [row.feature_key, featureFromRow(row)]));
    const wanted = new Map(this.#wantedFeatures.all().map((row) => [row.feature_key, row.state]));
    return this.#featureKeys(there, wanted).flatMap((featureKey) => {
      const [before, state] = [there.get(featureKey), wanted.get(featureKey) ?? null];
      const isSame = featureStateToText(before) === state;
      return isSame ? [] : [{ kind: "feature", featureKey, before, after: featureStateFromText(state) } as const];
    });
  }

  /** The overrides and plans that differ, in the order of their keys. */
  *overrides(): Generator<OverrideDifference> {
    const { orgId: scopeOrgId, featureKey: scopeFeatureKey } = this.#scope;
    let [orgId, featureKey] = ["", ""];
    for (let isMore = true; isMore; ) {
      const rows = this.#flags.all({ orgId, featureKey, scopeOrgId, scopeFeatureKey, limit: pageSize });
      yield* rows.flatMap((row) => differenceOf(row) ?? []);
      isMore = rows.length === pageSize;
      [orgId, featureKey] = [rows.at(-1)?.org_id ?? "", rows.at(-1)?.feature_key ?? ""];
    }
  }

  #featureKeys(there: ReadonlyMap<string, FeatureState>, wanted: ReadonlyMap<string, string>): string[] {
    const { featureKey } = this.#scope;
    const removable = removesFeatures(this.#scope) ? [...there.keys()] : [];
    const inScope = removable.filter((key) => featureKey === undefined || featureKey === key);
    return [...new Set([...wanted.keys(), ...inScope])].sort();
  }
}

function differenceOf(row: FlagRow): OverrideDifference | undefined {
  const before = overrideStateFromRow(row);
  return overrideStateToText(before) === row.wanted
    ? undefined
    : {
        kind: "override",
        orgId: row.org_id,
        featureKey: row.feature_key,
        before,
        after: overrideStateFromText(row.wanted),
      };
}

// Each part is in the order of the keys already: SQLite merges them as far as the limit goes.
function selectFlags({ orgId, featureKey, prune }: ImportScope): string {
  const inScope = [
    ...(orgId === undefined ? [] : ["org_id = :scopeOrgId"]),
    ...(featureKey === undefined ? [] : ["feature_key = :scopeFeatureKey"]),
  ];
  const part = (table: string, conditions: readonly string[]) => {
    const where = ["(org_id, feature_key) > (:orgId, :featureKey)", ...conditions].join(" AND ");
    return `SELECT org_id, feature_key FROM ${table} WHERE ${where}`;
  };
  const parts = [
    part("wanted_flags", []),
    ...(prune ? ["overrides", "scheduled_settings"].map((table) => part(table, inScope)) : []),
  ];
  const keys = `${parts.join(" UNION ")} ORDER BY org_id, feature_key LIMIT :limit`;
  return `
    SELECT flags.*, w.state AS wanted FROM (${selectStates(keys)}) AS flags
    LEFT JOIN wanted_flags w ON w.org_id = flags.org_id AND w.feature_key = flags.feature_key
    ORDER BY flags.org_id, flags.feature_key`;
}
