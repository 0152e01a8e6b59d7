import { isDeepStrictEqual } from "node:util";
import type { Change } from "../../src/domain/change.ts";
import type { FeatureState } from "../../src/domain/feature.ts";
import type { OverrideState } from "../../src/domain/override.ts";

/** What there is: features by key, overrides and plans by `org_id/feature_key`. */
export interface State {
  readonly features: Map<string, FeatureState>;
  readonly overrides: Map<string, OverrideState>;
}

/** Rebuilds what there is from the log alone; throws where a change doesn't follow from those before it. */
export function replay(changes: readonly Change[]): State {
  const state: State = { features: new Map(), overrides: new Map() };
  for (const change of changes) {
    follow(state, change, change.before, change.after);
  }
  return state;
}

/** What there was before changes that are given newest first; throws where one doesn't lead to what was after it. */
export function undo(now: State, changes: readonly Change[]): State {
  const state: State = { features: new Map(now.features), overrides: new Map(now.overrides) };
  for (const change of changes) {
    follow(state, change, change.after, change.before);
  }
  return state;
}

function follow(state: State, change: Change, from: Change["before"], to: Change["before"]): void {
  const key = change.kind === "feature" ? change.featureKey : `${change.orgId}/${change.featureKey}`;
  const map: Map<string, Change["before"]> = change.kind === "feature" ? state.features : state.overrides;
  step(map, key, from, to, change);
}

function step<T>(map: Map<string, T>, key: string, before: T | undefined, after: T | undefined, change: Change): void {
  if (!isDeepStrictEqual(map.get(key), before)) {
    throw new Error(
      `change ${change.revision} starts from ${JSON.stringify(before)}, not ${JSON.stringify(map.get(key))}`,
    );
  }
  if (after === undefined) {
    map.delete(key);
  } else {
    map.set(key, after);
  }
}

/** The settings of overrides alone, by `org_id/feature_key`, as a list of them shows. */
export function settingsOf({ overrides }: State): Map<string, boolean> {
  const settings = [...overrides].map(([key, { setting }]) => [key, setting?.enabled] as const);
  return new Map(settings.filter((entry): entry is [string, boolean] => entry[1] !== undefined));
}
