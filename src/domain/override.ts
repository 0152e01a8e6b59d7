/** One organisation's own setting of one feature. */
export interface Override {
  readonly orgId: string;
  readonly featureKey: string;
  readonly enabled: boolean;
  /** When it last became this, in milliseconds since 1970, UTC. */
  readonly updatedAt: number;
}

/** A setting, or with `enabled: undefined` a reset, of one organisation's feature. */
export interface OverrideUpdate {
  readonly orgId: string;
  readonly featureKey: string;
  readonly enabled: boolean | undefined;
  /** Where the update stands in its request, for errors: empty, or a prefix such as `updates[3].`. */
  readonly at: string;
}

/** What an update came to. */
export interface OverrideOutcome {
  /** Whether anything changed. */
  readonly changed: boolean;
  /** The effective state afterwards. */
  readonly enabled: boolean;
  /** The time of the write, in milliseconds since 1970, UTC; of a setting that changed nothing, the time it was set. */
  readonly time: number;
}

/** Which overrides to list: absent filters let everything pass, those given must all hold. */
export interface OverrideQuery {
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
  readonly enabled: boolean | undefined;
  /** How many to skip, in the order of `org_id`, then `feature_key`, both bytewise. */
  readonly offset: number;
  readonly limit: number;
}

/** One page of overrides, and how many there are on all pages. */
export interface OverridePage {
  readonly overrides: readonly Override[];
  readonly total: number;
}
