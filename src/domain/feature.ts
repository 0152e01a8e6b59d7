import type { Scope } from "./access.ts";

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
  /** The revision of its last change. */
  readonly revision: number;
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

/** Which organisations to list for a feature, of those that have an override of any feature. */
export interface FeatureOrgQuery {
  readonly featureKey: string;
  /** Only those with this effective state. */
  readonly enabled: boolean | undefined;
  /** Only those that this lets be seen; all where it is absent. */
  readonly scope?: Scope | undefined;
  /** Only those whose id comes after this one, bytewise; empty for all. */
  readonly after: string;
  readonly limit: number;
}

/** The effective state of a feature for one organisation; `isOverride` says that it is the organisation's own setting. */
export interface FeatureOrg {
  readonly orgId: string;
  readonly enabled: boolean;
  readonly isOverride: boolean;
}

/** Whom another state of a feature would reach, of the organisations that have an override of any feature. */
export interface UpdateImpact {
  /** How many would have another effective state (a feature that is archived or absent counts as off). */
  readonly flippedOrgs: number;
  /** The first ten of them, ordered by id, bytewise. */
  readonly firstFlippedOrgIds: readonly string[];
  /** How many keep their state because of their override. */
  readonly keptOverrides: number;
}
