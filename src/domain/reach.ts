import type { Scope } from "./access.ts";

/** What is asked for: by name, within a scope; what is undefined stands for all. */
export interface Asked {
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
  readonly scope?: Scope | undefined;
}

/** The organisations and features that are asked for, each sorted; undefined stands for all, no entry for none. */
export interface Reach {
  readonly orgIds: readonly string[] | undefined;
  readonly featureKeys: readonly string[] | undefined;
}

/** Joins what is named with the scope that it has to be in: both must hold. */
export function reachOf({ orgId, featureKey, scope }: Asked): Reach {
  return { orgIds: listOf(orgId, scope?.orgIds), featureKeys: listOf(featureKey, scope?.featureKeys) };
}

/** Whether a scope leaves anything out. */
export function isLimited(scope: Scope | undefined): scope is Scope {
  return scope !== undefined && (scope.orgIds !== undefined || scope.featureKeys !== undefined);
}

function listOf(named: string | undefined, allowed: ReadonlySet<string> | undefined): readonly string[] | undefined {
  if (named === undefined) {
    return allowed && [...allowed].sort();
  }
  return allowed === undefined || allowed.has(named) ? [named] : [];
}
