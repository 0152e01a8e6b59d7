import type { Change, ChangeFilter } from "../domain/change.ts";
import type { Feature } from "../domain/feature.ts";
import type { Override } from "../domain/override.ts";

/** What to watch, from where, and how long to be silent. */
export interface WatchOptions {
  readonly filter: ChangeFilter;
  /** Begin after this revision; it counts more than `snapshot`. Without both a watch begins with what comes next. */
  readonly fromRevision?: number | undefined;
  /** Begin with what there is. */
  readonly snapshot?: boolean | undefined;
  /** After so long without an event comes a `caughtUp`, in milliseconds. */
  readonly heartbeatMs: number;
  /** Ends the watch, as `return` does. */
  readonly signal?: AbortSignal | undefined;
}

/** What there is at one revision of what is watched. */
export interface WatchSnapshot {
  /** Archived ones too. */
  readonly features: readonly Feature[];
  /** Ordered by id, then key, bytewise. */
  readonly overrides: readonly Override[];
  /** Feature key to effective state, where one organisation is watched. */
  readonly flags: Readonly<Record<string, boolean>> | undefined;
}

/** A change; all watches that tell of it hand out the same object while it is in memory. */
export interface ChangeEvent {
  readonly kind: "change";
  readonly revision: number;
  readonly change: Change;
}

/** What there is; every change after it follows. */
export interface SnapshotEvent {
  readonly kind: "snapshot";
  readonly revision: number;
  readonly snapshot: WatchSnapshot;
}

/** Nothing but the revision. */
export interface CaughtUpEvent {
  readonly kind: "caughtUp";
  readonly revision: number;
}

/** One event of a watch: everything up to its `revision` that the filter lets pass has been handed out with it. */
export type WatchEvent = ChangeEvent | SnapshotEvent | CaughtUpEvent;

/**
 * The events of a watch, pulled one by one; nothing is kept for who does not pull. Its errors are DomainErrors:
 * `OUT_OF_RANGE` of a revision that is not kept or not there yet, `FAILED_PRECONDITION` of a snapshot that is too big,
 * `UNAVAILABLE` when the flags are closed.
 */
export interface Watch extends AsyncIterableIterator<WatchEvent, undefined, undefined> {
  /** Everything up to this revision was handed out: where to begin to go on. */
  readonly revision: number;
  return(): Promise<IteratorResult<WatchEvent, undefined>>;
  /** Ends the watch; rejects with a `RESOURCE_EXHAUSTED` that says the revision to go on from. */
  throw(error?: unknown): Promise<never>;
}
