import type { FeatureState } from "./feature.ts";

/** The effective state of a feature that is not archived: the override where there is one, else the default. */
export function isEnabled(feature: FeatureState, override: boolean | undefined): boolean {
  return override ?? feature.defaultEnabled;
}

/** The effective state of any feature: one that is archived is off, whatever the override. */
export function isEffective(feature: FeatureState, override: boolean | undefined): boolean {
  return !feature.archived && isEnabled(feature, override);
}
