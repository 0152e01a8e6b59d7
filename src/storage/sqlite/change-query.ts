import type { ChangeQuery } from "../../domain/change.ts";

type Filters = Pick<ChangeQuery, "orgId" | "featureKey" | "actor">;

/** Changes that one index has in the order of revisions; `features` are those of features themselves. */
export type ChangePart =
  | { readonly kind: "organisation"; readonly orgId: string }
  | { readonly kind: "features" }
  | { readonly kind: "feature"; readonly featureKey: string }
  | { readonly kind: "featureAndOverrides"; readonly featureKey: string };

/** What else must hold for the changes of a part. */
export interface PartFilters {
  readonly actor: string | undefined;
  /** Only changes of some features, whose keys are the parameter `:featureKeys`, a JSON array. */
  readonly someFeatures: boolean;
}

/**
 * The query of changes, with the parameters `:min` and `:max` (revisions, inclusive), `:limit`, and one for each filter
 * that is given. It reads little more than what it answers: each part follows an index in the order of revisions,
 * and SQLite merges the two as far as the limit goes.
 */
export function selectChanges({ orgId, featureKey, actor }: Filters, oldestFirst: boolean): string {
  const rest = [
    range,
    ...(featureKey === undefined ? [] : ["feature_key = :featureKey"]),
    ...(actor === undefined ? [] : ["actor = :actor"]),
  ].join(" AND ");
  if (orgId === undefined) {
    return `${select(indexFor(featureKey, actor), rest)} ${order(oldestFirst)}`;
  }
  const ofOrganisation = select("INDEXED BY changes_by_organisation", `org_id = :orgId AND ${rest}`);
  const index = featureKey === undefined ? "changes_by_organisation" : "changes_of_features";
  const ofFeatures = select(`INDEXED BY ${index}`, `org_id IS NULL AND ${rest}`);
  return `${ofOrganisation} UNION ALL ${ofFeatures} ${order(oldestFirst)}`;
}

/** The query of one part, with the parameters that `selectChanges` has, and those of the part. */
export function selectPart({ kind }: ChangePart, { actor, someFeatures }: PartFilters, oldestFirst: boolean): string {
  const { index, condition } = parts[kind];
  const rest = [
    condition,
    range,
    ...(someFeatures ? ["feature_key IN (SELECT value FROM json_each(:featureKeys))"] : []),
    ...(actor === undefined ? [] : ["actor = :actor"]),
  ].join(" AND ");
  return `${select(`INDEXED BY ${index}`, rest)} ${order(oldestFirst)}`;
}

const range = "revision BETWEEN :min AND :max";

const parts: Readonly<Record<ChangePart["kind"], { readonly index: string; readonly condition: string }>> = {
  organisation: { index: "changes_by_organisation", condition: "org_id = :orgId" },
  features: { index: "changes_by_organisation", condition: "org_id IS NULL" },
  feature: { index: "changes_of_features", condition: "feature_key = :featureKey AND org_id IS NULL" },
  featureAndOverrides: { index: "changes_by_feature", condition: "feature_key = :featureKey" },
};

function select(index: string, condition: string): string {
  return `SELECT * FROM changes ${index} WHERE ${condition}`;
}

function order(oldestFirst: boolean): string {
  // A sum: of a bare parameter SQLite looks at the value, and compiles the query anew for each run.
  return `ORDER BY revision ${oldestFirst ? "" : "DESC"} LIMIT :limit + 0`;
}

function indexFor(featureKey: string | undefined, actor: string | undefined): string {
  if (featureKey !== undefined) {
    return "INDEXED BY changes_by_feature";
  }
  return actor === undefined ? "" : "INDEXED BY changes_by_actor";
}
