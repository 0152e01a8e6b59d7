import { type Asked, type Reach, reachOf } from "../../domain/reach.ts";

/** Which overrides are asked for. */
export interface OverrideFilter extends Asked {
  readonly enabled?: boolean | undefined;
}

/** A statement of overrides, and what it has to be given. */
export interface OverrideStatement {
  readonly sql: string;
  readonly values: Readonly<Record<string, string | number>>;
}

// Each feature is a part of the statement, of which SQLite takes so many. Who sees more features than these sees most
// of what there is: to go through all overrides finds a page soon.
const maxParts = 100;

/** The overrides, ordered by `org_id`, then `feature_key`, bytewise; a limit may follow. */
export function selectOverrides(filter: OverrideFilter): OverrideStatement {
  const reach = reachOf(filter);
  const { orgIds, featureKeys = [] } = reach;
  const order = "ORDER BY org_id, feature_key";
  if (orgIds === undefined && featureKeys.length > 1 && featureKeys.length <= maxParts) {
    // Each part follows an index in the order of organisations, and SQLite merges them as far as the limit goes.
    const parts = featureKeys.map((_, at) => {
      const conditions = [`feature_key = :featureKey${at}`, ...settingCondition(filter)];
      return `SELECT * FROM overrides WHERE ${conditions.join(" AND ")}`;
    });
    const keys = Object.fromEntries(featureKeys.map((key, at) => [`featureKey${at}`, key]));
    return { sql: `${parts.join(" UNION ALL ")} ${order}`, values: { ...keys, ...settingValue(filter) } };
  }
  return { sql: `SELECT * FROM overrides ${where(filter, reach)} ${order}`, values: valuesOf(filter, reach) };
}

/** How many overrides there are. */
export function countOverrides(filter: OverrideFilter): OverrideStatement {
  const reach = reachOf(filter);
  // An organisation has few overrides; of all there are, the counts are kept.
  const count = reach.orgIds === undefined ? "coalesce(sum(count), 0) FROM override_counts" : "count(*) FROM overrides";
  return { sql: `SELECT ${count} ${where(filter, reach)}`, values: valuesOf(filter, reach) };
}

function where(filter: OverrideFilter, { orgIds, featureKeys }: Reach): string {
  // Many features within organisations are no way to find them: the plus keeps SQLite from taking it.
  const featureColumn = orgIds === undefined || featureKeys?.length === 1 ? "feature_key" : "+feature_key";
  const conditions = [
    ...(orgIds === undefined ? [] : [isOneOf("org_id", "orgIds", orgIds)]),
    ...(featureKeys === undefined ? [] : [isOneOf(featureColumn, "featureKeys", featureKeys)]),
    ...settingCondition(filter),
  ];
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

/** One name is compared as it is: then an index that begins with it has an order behind it. */
function isOneOf(column: string, parameter: string, names: readonly string[]): string {
  return names.length === 1 ? `${column} = :${parameter}` : `${column} IN (SELECT value FROM json_each(:${parameter}))`;
}

function valuesOf(filter: OverrideFilter, { orgIds, featureKeys }: Reach): Record<string, string | number> {
  return {
    ...(orgIds !== undefined && { orgIds: namesValue(orgIds) }),
    ...(featureKeys !== undefined && { featureKeys: namesValue(featureKeys) }),
    ...settingValue(filter),
  };
}

function namesValue(names: readonly string[]): string {
  const [first = "", ...others] = names;
  return names.length > 0 && others.length === 0 ? first : JSON.stringify(names);
}

function settingCondition({ enabled }: OverrideFilter): readonly string[] {
  return enabled === undefined ? [] : ["enabled = :enabled"];
}

function settingValue({ enabled }: OverrideFilter): Record<string, number> {
  return enabled === undefined ? {} : { enabled: Number(enabled) };
}
