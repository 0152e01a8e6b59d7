import type { FeatureState } from "../domain/feature.ts";
import type { OverrideState } from "../domain/override.ts";

/** What an import is of, and so what is removed where it is to be all there is. */
export interface ImportScope {
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
  /** Whether what is in the scope and not in the import is removed. */
  readonly prune: boolean;
}

/** What would be, or was, made another one; `undefined` stands for none. */
export type Difference =
  | {
      readonly kind: "feature";
      readonly featureKey: string;
      readonly before: FeatureState | undefined;
      readonly after: FeatureState | undefined;
    }
  | {
      readonly kind: "override";
      readonly orgId: string;
      readonly featureKey: string;
      readonly before: OverrideState | undefined;
      readonly after: OverrideState | undefined;
    };

/** A line that names a feature which would not be there. */
export interface UnknownFeature {
  readonly line: number;
  readonly featureKey: string;
}

/** How the differences are made. */
export interface ImportMode {
  readonly actor: string;
  readonly reason: string;
  /** How many are committed together; undefined for all. */
  readonly batchSize: number | undefined;
  /** Called between two batches, so that others can write. */
  readonly pause: () => Promise<void>;
}

/** What is to be in a store, gathered first, then compared with what is, then made so. */
export interface Import {
  /** Adds a feature that is to be; answers the line that named it before, or undefined. */
  addFeature(line: number, featureKey: string, state: FeatureState): number | undefined;
  /** Adds an override, a plan or both, likewise. */
  addOverride(line: number, orgId: string, featureKey: string, state: OverrideState): number | undefined;
  /** The first overrides of features that are neither to be nor there already. */
  unknownFeatures(scope: ImportScope): readonly UnknownFeature[];
  /** Says what would change, features first, each in the order of its keys, all of one moment. */
  differences(scope: ImportScope): Iterable<Difference>;
  /**
   * Changes what differs, with its changes in the log: all or nothing, unless it is done in batches. Answers what was
   * changed, as it was found then.
   */
  apply(scope: ImportScope, mode: ImportMode, onChange: (difference: Difference) => void): Promise<void>;
  close(): void;
}
