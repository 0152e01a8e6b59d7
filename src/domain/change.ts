import { isInScope, type Scope } from "./access.ts";
import type { FeatureState } from "./feature.ts";
import type { OverrideState } from "./override.ts";

interface ChangeStamp {
  /** Its place in the one order of all changes, from 1, without repeats. */
  readonly revision: number;
  /** When it was made, in milliseconds since 1970, UTC; never before the change before it. */
  readonly time: number;
  readonly actor: string;
  readonly reason: string;
  readonly featureKey: string;
}

/** An override, or the plan of one, that was set, changed or removed; `undefined` stands for none. */
export interface OverrideChange extends ChangeStamp {
  readonly kind: "override";
  readonly orgId: string;
  readonly before: OverrideState | undefined;
  readonly after: OverrideState | undefined;
}

/** A feature that was added, changed or removed; `undefined` stands for none. */
export interface FeatureChange extends ChangeStamp {
  readonly kind: "feature";
  readonly before: FeatureState | undefined;
  readonly after: FeatureState | undefined;
}

/** One entry of the `changes` log. */
export type Change = OverrideChange | FeatureChange;

/** What of the log is looked at: absent filters let everything pass, those given must all hold. */
export interface ChangeFilter {
  /** Changes that can reach this organisation: of its overrides, and of features. */
  readonly orgId: string | undefined;
  /** Changes of this feature and its overrides. */
  readonly featureKey: string | undefined;
  /** Changes that this lets be seen; all where it is absent. */
  readonly scope?: Scope | undefined;
}

/** Which changes to list. Times are milliseconds since 1970, UTC. */
export interface ChangeQuery extends ChangeFilter {
  /** Changes made by this actor, as far as the scope lets it be known who made them. */
  readonly actor: string | undefined;
  /** Inclusive. */
  readonly startTime: number | undefined;
  /** Exclusive. */
  readonly endTime: number | undefined;
  /** Both inclusive. */
  readonly minRevision: number | undefined;
  readonly maxRevision: number | undefined;
  readonly oldestFirst: boolean;
  readonly limit: number;
}

/** A page of the changes of a query: the first one, or one that goes on. */
export interface ChangePage extends ChangeQuery {
  /** The revision that it comes behind, in the order asked for; undefined for the first page. */
  readonly behind?: number | undefined;
}

/** What of the log is kept. Nothing is known of changes before its beginning. */
export interface HistoryBounds {
  /** The last revision that is no longer kept; 0 where all are. */
  readonly prunedRevision: number;
  /** When that change was made, in milliseconds since 1970, UTC; undefined where all are kept. */
  readonly prunedTime: number | undefined;
  /** The last revision there is. */
  readonly lastRevision: number;
}

/** How long changes are kept: undefined for ever. Both may hold; a change goes when either says so. */
export interface HistoryRetention {
  readonly maxAgeMs: number | undefined;
  readonly maxChanges: number | undefined;
}

/** The revisions of a page: what lies behind its beginning, within the range that was asked for. */
export function rangeOf({
  minRevision,
  maxRevision,
  oldestFirst,
  behind,
}: ChangePage): Pick<ChangeQuery, "minRevision" | "maxRevision"> {
  if (behind === undefined) {
    return { minRevision, maxRevision };
  }
  return oldestFirst
    ? { minRevision: Math.max(minRevision ?? 0, behind + 1), maxRevision }
    : { minRevision, maxRevision: Math.min(maxRevision ?? behind, behind - 1) };
}

/** Whether a change is one of those that the filter lets pass. */
export function passes(change: Change, { orgId, featureKey, scope }: ChangeFilter): boolean {
  const isOfOrganisation = orgId === undefined || change.kind === "feature" || change.orgId === orgId;
  const isAskedFor = isOfOrganisation && (featureKey === undefined || change.featureKey === featureKey);
  return isAskedFor && (scope === undefined || isChangeInScope(change, scope));
}

/** Whether a scope lets a change be seen: those of features reach every organisation. */
export function isChangeInScope(change: Change, scope: Scope): boolean {
  return isInScope(scope, change.kind === "override" ? change.orgId : undefined, change.featureKey);
}

/** Whether a change alters what organisations without an override have. */
export function reachesAllWithoutOverride(change: Change): boolean {
  if (change.kind === "override") {
    return false;
  }
  const { before, after } = change;
  return before?.defaultEnabled !== after?.defaultEnabled || before?.archived !== after?.archived;
}
