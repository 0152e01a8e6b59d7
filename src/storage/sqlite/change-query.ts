import type { ChangeQuery } from "../../domain/change.ts";

type Filters = Pick<ChangeQuery, "orgId" | "featureKey" | "actor">;

/**
 * The query of changes, with the parameters `:min` and `:max` (revisions, inclusive), `:limit`, and one for each filter
 * that is given. It reads little more than what it answers: each part follows an index in the order of revisions,
 * and SQLite merges the two as far as the limit goes.
 */
export function selectChanges({ orgId, featureKey, actor }: Filters, oldestFirst: boolean): string {
  const rest = [
    "revision BETWEEN :min AND :max",
    ...(featureKey === undefined ? [] : ["feature_key = :featureKey"]),
    ...(actor === undefined ? [] : ["actor = :actor"]),
  ].join(" AND ");
  const order = `ORDER BY revision ${oldestFirst ? "" : "DESC"} LIMIT :limit`;
  const part = (index: string, condition: string) => `SELECT * FROM changes ${index} WHERE ${condition}`;
  if (orgId === undefined) {
    return `${part(indexFor(featureKey, actor), rest)} ${order}`;
  }
  const ofOrganisation = part("INDEXED BY changes_by_organisation", `org_id = :orgId AND ${rest}`);
  const index = featureKey === undefined ? "changes_by_organisation" : "changes_of_features";
  return `${ofOrganisation} UNION ALL ${part(`INDEXED BY ${index}`, `org_id IS NULL AND ${rest}`)} ${order}`;
}

function indexFor(featureKey: string | undefined, actor: string | undefined): string {
  if (featureKey !== undefined) {
    return "INDEXED BY changes_by_feature";
  }
  return actor === undefined ? "" : "INDEXED BY changes_by_actor";
}
