import type { Change } from "../../src/domain/change.ts";
import type { FeatureState } from "../../src/domain/feature.ts";

/** What there is: features by key, settings by `org_id/feature_key`. */
export interface State {
  readonly features: Map<string, FeatureState>;
  readonly overrides: Map<string, boolean>;
}

/** Rebuilds what there is from the log alone; throws where a change doesn't follow from those before it. */
export function replay(changes: readonly Change[]): State {
  const state: State = { features: new Map(), overrides: new Map() };
  for (const change of changes) {
    if (change.kind === "feature") {
      step(state.features, change.featureKey, change.before, change.after, change);
    } else {
      step(state.overrides, `${change.orgId}/${change.featureKey}`, change.before, change.after, change);
    }
  }
  return state;
}

function step<T>(map: Map<string, T>, key: string, before: T | undefined, after: T | undefined, change: Change): void {
  if (JSON.stringify(map.get(key)) !== JSON.stringify(before)) {
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
