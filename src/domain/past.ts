import type { Change } from "./change.ts";
import { isEnabled } from "./evaluation.ts";
import type { Feature, FeatureState } from "./feature.ts";
import type { OverrideState, Setting } from "./override.ts";

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

/**
 * The state at a time, in milliseconds since 1970, UTC, where nobody wrote since: what is due by then has begun and ended,
 * whether the log has it by then or only later.
 */
export function settledAt({ features, overrides }: OrganisationState, time: number): OrganisationState {
  const settled = Array.from(overrides, ([featureKey, state]) => [featureKey, settleState(state, time)] as const);
  return { features, overrides: new Map(settled) };
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

/** One state at a time, in milliseconds since 1970, UTC, likewise. */
export function settleState({ setting, scheduled }: OverrideState, time: number): OverrideState {
  if (scheduled === undefined || scheduled.startsAt > time) {
    return { setting: holding(setting, time), scheduled };
  }
  // It takes the place of the setting before it, whether that has ended or not.
  const { enabled, expiresAt } = scheduled;
  return { setting: holding({ enabled, expiresAt }, time), scheduled: undefined };
}

function holding(setting: Setting | undefined, time: number): Setting | undefined {
  return setting?.expiresAt !== undefined && setting.expiresAt <= time ? undefined : setting;
}

function restore<T>(states: Map<string, T>, featureKey: string, before: T | undefined): void {
  if (before === undefined) {
    states.delete(featureKey);
  } else {
    states.set(featureKey, before);
  }
}
