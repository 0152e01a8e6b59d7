import type { Scope } from "../domain/access.ts";
import type { Awaitable } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import type { Change, ChangeFilter, ChangeQuery, HistoryBounds, HistoryRetention } from "../domain/change.ts";
import type { Feature, FeatureOrg, FeatureOrgQuery, FeaturePatch, UpdateImpact } from "../domain/feature.ts";
import type {
  NewSetting,
  Override,
  OverrideCounts,
  OverrideOutcome,
  OverridePage,
  OverrideQuery,
  OverrideState,
  OverrideUpdate,
} from "../domain/override.ts";
import type { TokenLookup, TokenUse } from "../domain/token.ts";

/** Who makes the changes that a new store begins with. */
export const migrationActor = "system:migration";

/** Who makes the change when an override ends by itself. */
export const expiryActor = "system:expiry";

/** Who makes the change when a scheduled setting begins. */
export const scheduleActor = "system:schedule";

/** The catalogue in the order in which features were added, as it was at a revision. */
export interface CatalogueSnapshot {
  readonly revision: number;
  /** The revision of the last change of any feature, removed ones too; 0 where there never was one. */
  readonly lastChange: number;
  readonly features: readonly Feature[];
  /** When something is next to begin or end by itself, in milliseconds since 1970, UTC; undefined for never. */
  readonly nextDue: number | undefined;
}

/** An organisation's overrides, with what was committed since the caller last looked, all of one moment. */
export interface OrganisationSnapshot {
  /** The revision of that moment. */
  readonly revision: number;
  /** The revision of the last change of the organisation's overrides and plans; 0 where there never was one. */
  readonly lastChange: number;
  /** Feature key to setting. */
  readonly overrides: ReadonlyMap<string, boolean>;
  /** The changes after the caller's revision, oldest first, at most as many as the caller asked for. */
  readonly changes: readonly Change[];
}

/** An organisation and the catalogue as they are, and what to undo to see them as they were after a revision. */
export interface OrganisationPast {
  readonly bounds: HistoryBounds;
  readonly features: readonly Feature[];
  /** Feature key to state. */
  readonly overrides: ReadonlyMap<string, OverrideState>;
  /** The changes after that revision of the organisation's overrides and of features, newest first. */
  readonly changes: readonly Change[];
}

/** What makes a feature on or off for an organisation, all of one moment. */
export interface FlagOrigin {
  readonly feature: Feature | undefined;
  readonly override: OverrideState | undefined;
  /** The last change that set the organisation's override to another value or removed it, as far as the log reaches. */
  readonly overrideChange: Change | undefined;
  /** The last change that added the feature or changed its default or whether it is archived, likewise. */
  readonly featureChange: Change | undefined;
}

/** What there is of what a filter lets pass, all of one moment. */
export interface FilteredSnapshot {
  readonly revision: number;
  readonly features: readonly Feature[];
  /** Ordered by id, then key; one more than the limit at the most. */
  readonly overrides: readonly Override[];
}

/** What the removal of an organisation's overrides came to; `time` in milliseconds since 1970, UTC. */
export interface DeletedOverrides {
  readonly count: number;
  readonly time: number;
}

/** A feature to add. */
export interface NewFeature {
  readonly featureKey: string;
  readonly description: string;
  readonly defaultEnabled: boolean;
}

/**
 * The writes of a store. Each is whole: all of it is on disk, with its changes in the log, when its promise
 * is fulfilled, or none of it ever is. Refusals are DomainErrors; `UNAVAILABLE` says that nothing was stored.
 *
 * What a call names has been found to be in its scope. What it does not name is left alone outside of the scope, and a
 * change of the catalogue within a scope of organisations is `PERMISSION_DENIED`, as it would reach all of them.
 */
export interface Writes {
  /** Creates an override, or plans one: `ALREADY_EXISTS`, `NOT_FOUND`, `FAILED_PRECONDITION` of an archived feature. */
  createOverride(orgId: string, featureKey: string, setting: NewSetting, call: Call): Promise<OverrideOutcome>;
  /** Sets and resets overrides, all or none, one outcome each in the same order. */
  updateOverrides(updates: readonly OverrideUpdate[], call: Call): Promise<readonly OverrideOutcome[]>;
  /** Removes every override and plan of an organisation, those of archived features too. */
  deleteOverrides(orgId: string, call: Call): Promise<DeletedOverrides>;
  /** Adds a feature: `ALREADY_EXISTS`. */
  createFeature(feature: NewFeature, call: Call): Promise<Feature>;
  /** Changes a feature, unless that changes nothing: `NOT_FOUND`. */
  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Promise<Feature>;
  /** Removes a feature: `NOT_FOUND`, or `FAILED_PRECONDITION` while it has overrides and `force` is false. */
  deleteFeature(featureKey: string, force: boolean, call: Call): Promise<DeletedOverrides>;
  /**
   * Undoes a change and answers the new one: `NOT_FOUND` where it is not kept or out of scope, `FAILED_PRECONDITION`
   * where the same override or feature has changed since (unless forced), or where nothing would change.
   */
  revertChange(revision: number, force: boolean, call: Call): Promise<Change>;
  /**
   * Begins and ends what is due by now, in the order in which it became due: all that is due of an organisation, or
   * without one some of all there is. Answers when something is next due, in milliseconds since 1970, UTC; undefined
   * for never.
   */
  applyDue(orgId?: string): Promise<number | undefined>;
  /**
   * Removes changes that need not be kept, never the last one. Some are removed at a time; answers whether there are
   * more to remove.
   */
  pruneHistory(retention: HistoryRetention): Promise<boolean>;
  /** Notes uses of tokens, of each at most one in a minute; they are no changes. */
  noteTokenUses(uses: readonly TokenUse[]): Promise<void>;
}

/** Where features, overrides and their changes are kept. Reads see every write that was acknowledged before them. */
export interface Store extends Writes, TokenLookup {
  /** Reads the catalogue. */
  readCatalogue(): Awaitable<CatalogueSnapshot>;
  /**
   * Reads the changes after a revision, oldest first, at most `limit`; costs next to nothing when there are none.
   * Revisions have no gaps: where the first is not the next one, those between are no longer kept. The last is always.
   */
  readChanges(since: number, limit: number): Awaitable<readonly Change[]>;
  /** Reads an organisation, and the changes after a revision as `readChanges` does. */
  readOrganisation(orgId: string, since: number, limit: number): Awaitable<OrganisationSnapshot>;
  /**
   * Whether something of an organisation is due at a time, in milliseconds since 1970, UTC. Reads of changes see all
   * that was committed before that answer, within `lookOnce` too.
   */
  readDue(orgId: string, time: number): Awaitable<boolean>;
  /** Reads the state of the log. */
  readHistoryBounds(): Awaitable<HistoryBounds>;
  /** Reads one page of the log. */
  listChanges(query: ChangeQuery): Awaitable<readonly Change[]>;
  /** Reads the changes after a revision that a filter lets pass, oldest first, at most `limit`. */
  readFilteredChanges(since: number, filter: ChangeFilter, limit: number): Awaitable<readonly Change[]>;
  /** Reads one change; undefined where it is not kept or never was. */
  readChange(revision: number): Awaitable<Change | undefined>;
  /** The last revision whose change was made at a time or before; 0 where there is none that is kept. */
  readRevisionAt(time: number): Awaitable<number>;
  /** Reads an organisation with what was changed after a revision. */
  readOrganisationPast(orgId: string, since: number): Awaitable<OrganisationPast>;
  /** Reads why a feature is on or off for an organisation. */
  readOrigin(orgId: string, featureKey: string): Awaitable<FlagOrigin>;
  /** Reads what there is of what a filter lets pass, with `limit + 1` overrides at the most. */
  readSnapshot(filter: ChangeFilter, limit: number): Awaitable<FilteredSnapshot>;
  /** Reads the organisations of a feature, of those that have an override of any feature. */
  listFeatureOrgs(query: FeatureOrgQuery): Awaitable<readonly FeatureOrg[]>;
  /** Counts the overrides of each feature that has any, as far as a scope goes. */
  readOverrideCounts(scope?: Scope): Awaitable<ReadonlyMap<string, OverrideCounts>>;
  /** Says whom of a scope a patch of a feature would reach; undefined where there is no such feature. */
  readUpdateImpact(featureKey: string, patch: FeaturePatch, scope?: Scope): Awaitable<UpdateImpact | undefined>;
  /** Reads one page of overrides. */
  listOverrides(query: OverrideQuery): Awaitable<OverridePage>;
  /**
   * Calls back at once. What the callback asks for need not be newer than its beginning, so that one look at whether
   * anybody has committed may do for all of it.
   */
  lookOnce(read: () => void): void;
  /** Ends the writes under way and releases the store. */
  close(): Promise<void>;
}

/** Why a store can't be opened. */
export type StoreFault = "unwritable" | "damaged" | "newer" | "foreign";

/** A store that can't be opened; the message names it and is meant for the person who started the service. */
export class StoreOpenError extends Error {
  override readonly name = "StoreOpenError";
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
