import type { Change } from "../domain/change.ts";
import type { Feature } from "../domain/feature.ts";
import type { FlagDifference } from "../domain/flag-difference.ts";
import type { OverrideState } from "../domain/override.ts";

/** A revision, or a time in milliseconds since 1970, UTC; without both it is now, with both the revision counts. */
export interface Moment {
  readonly revision?: number | undefined;
  /** The state is that after the last change up to then, with what is due by then begun and ended. */
  readonly time?: number | undefined;
}

/** An organisation at a moment. */
export interface DiffSide extends Moment {
  readonly orgId: string;
}

/** The effective state of an organisation at a moment. */
export interface PastFlags {
  /** Feature key to state, features that were archived then left out. */
  readonly flags: Readonly<Record<string, boolean>>;
  /**
   * The last revision that this includes; 0 for the time before the first change. What was due at a time and logged
   * after it has a later one.
   */
  readonly revision: number;
  /** When that change was made, in milliseconds since 1970, UTC; undefined for revision 0. */
  readonly time: number | undefined;
}

/** Where two effective states differ. */
export interface FlagsDiff {
  /** Ordered by key, bytewise. */
  readonly differences: readonly FlagDifference[];
  readonly revision: number;
  readonly otherRevision: number;
}

/** Why a feature is on or off for an organisation. */
export interface Explanation {
  readonly enabled: boolean;
  readonly isOverride: boolean;
  readonly feature: Feature;
  /** What is stored of the organisation and the feature. */
  readonly override: OverrideState | undefined;
  /** The change that made it so; undefined where the history does not reach back to it. */
  readonly since: Change | undefined;
}
