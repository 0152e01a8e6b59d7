/** What of a feature can be changed, and so what the history keeps of it. */
export interface FeatureState {
  readonly description: string;
  /** Whether organisations without an override have the feature. */
  readonly defaultEnabled: boolean;
  /** An archived feature is in no effective answer and refuses writes; its overrides stay stored. */
  readonly archived: boolean;
}

/** An entry of the catalogue. Times are milliseconds since 1970, UTC. */
export interface Feature extends FeatureState {
  readonly featureKey: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What to change of a feature; what is undefined stays. */
export interface FeaturePatch {
  readonly description: string | undefined;
  readonly defaultEnabled: boolean | undefined;
  readonly archived: boolean | undefined;
}

/** Whether writes to features outside the catalogue add them to it (`open`) or are refused (`strict`). */
export type CatalogueMode = "open" | "strict";
