import type { Change } from "./change.ts";
import { isEnabled } from "./evaluation.ts";
import type { Feature, FeatureState } from "./feature.ts";
import type { OverrideState } from "./override.ts";

/** The catalogue and an organisation's overrides, both by feature key. */
export interface OrganisationState {
  readonly features: ReadonlyMap<string, FeatureState>;
  readonly overrides: ReadonlyMap<string, OverrideState>;
}

/** Takes changes of the catalogue and of one organisation back, given newest first, from the last one on. */
export function undoChanges(
  features: Iterable<Feature>,
  overrides: ReadonlyMap<string, OverrideState>,
  changes: Iterable<Change>,
): OrganisationState {
  const past = {
    features: new Map<string, FeatureState>(Array.from(features, (feature) => [feature.featureKey, feature])),
    overrides: new Map(overrides),
  };
  for (const change of changes) {
    if (change.kind === "feature") {
      restore(past.features, change.featureKey, change.before);
    } else {
      restore(past.overrides, change.featureKey, change.before);
    }
  }
  return past;
}

/** Feature key to effective state; archived features are left out. */
export function effectiveStates({ features, overrides }: OrganisationState): Record<string, boolean> {
  const flags: Record<string, boolean> = {};
  for (const [featureKey, feature] of features) {
    if (!feature.archived) {
      flags[featureKey] = isEnabled(feature, overrides.get(featureKey)?.setting?.enabled);
    }
  }
  return flags;
}

function restore<T>(states: Map<string, T>, featureKey: string, before: T | undefined): void {
  if (before === undefined) {
    states.delete(featureKey);
  } else {
    states.set(featureKey, before);
  }
}
