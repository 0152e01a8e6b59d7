import type { FeatureState } from "./feature.ts";

interface ChangeStamp {
  /** Its place in the one order of all changes, from 1, without repeats. */
  readonly revision: number;
  /** When it was made, in milliseconds since 1970, UTC; never before the change before it. */
  readonly time: number;
  readonly actor: string;
  readonly reason: string;
  readonly featureKey: string;
}

/** An override that was set, changed or removed; `undefined` stands for none. */
export interface OverrideChange extends ChangeStamp {
  readonly kind: "override";
  readonly orgId: string;
  readonly before: boolean | undefined;
  readonly after: boolean | undefined;
}

/** A feature that was added, changed or removed; `undefined` stands for none. */
export interface FeatureChange extends ChangeStamp {
  readonly kind: "feature";
  readonly before: FeatureState | undefined;
  readonly after: FeatureState | undefined;
}

/** One entry of the `changes` log. */
export type Change = OverrideChange | FeatureChange;
