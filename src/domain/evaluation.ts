import type { FeatureState } from "./feature.ts";

/** The effective state of a feature that is not archived: the override where there is one, else the default. */
export function isEnabled(feature: FeatureState, override: boolean | undefined): boolean {
  return override ?? feature.defaultEnabled;
}
