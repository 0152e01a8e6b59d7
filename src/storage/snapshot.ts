import type { Change, ChangeFilter } from "../domain/change.ts";
import type { Feature } from "../domain/feature.ts";
import type { OverrideState } from "../domain/override.ts";

/** What is stored of one organisation and one feature. */
export interface StoredFlag {
  readonly orgId: string;
  readonly featureKey: string;
  readonly state: OverrideState;
}

/** All that is stored, as it was at one moment, however long it is read. Of iterations one is read at a time. */
export interface Snapshot {
  /** The last revision of that moment. */
  readonly revision: number;
  /** The features, ordered by key, bytewise. */
  features(): Iterable<Feature>;
  /** The overrides and plans that a filter lets pass, ordered by organisation, then feature, both bytewise. */
  flags(filter: ChangeFilter): Iterable<StoredFlag>;
  /** The changes that are kept and a filter lets pass, oldest first. */
  changes(filter: ChangeFilter): Iterable<Change>;
  close(): void;
}
