/** Organisations that have overrides, and what is told of them together. */
export interface Audience {
  /** How many overrides each feature has, one row for each setting that there is. */
  counts(): readonly CountRow[];
  /** How many organisations there are. */
  size(): number;
  /** The organisations of some groups, ordered by id, bytewise. */
  page(groups: Groups, page: AudiencePage): readonly FeatureOrgRow[];
}

/** Which organisations are meant: those with an override that is on, with one that is off, and without one. */
export interface Groups {
  readonly on: boolean;
  readonly off: boolean;
  readonly none: boolean;
}

/** The feature that is meant, and which part of the organisations. */
export interface AudiencePage {
  readonly featureKey: string;
  readonly after: string;
  readonly limit: number;
}

/** How many organisations have an override of a feature with a setting. */
export interface CountRow {
  readonly feature_key: string;
  readonly enabled: number;
  readonly count: number;
}

/** An organisation and its setting of a feature; null where it has none. */
export interface FeatureOrgRow {
  readonly org_id: string;
  readonly enabled: number | null;
}
