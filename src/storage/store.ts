import type { Awaitable } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import type { Change } from "../domain/change.ts";
import type { Feature, FeaturePatch } from "../domain/feature.ts";
import type { OverrideOutcome, OverridePage, OverrideQuery, OverrideUpdate } from "../domain/override.ts";

/** Who makes the changes that a new store begins with. */
export const migrationActor = "system:migration";

/** The catalogue in the order in which features were added, as it was at a revision. */
export interface CatalogueSnapshot {
  readonly revision: number;
  readonly features: readonly Feature[];
}

/** An organisation's overrides, with what was committed since the caller last looked, all of one moment. */
export interface OrganisationSnapshot {
  /** The revision of that moment. */
  readonly revision: number;
  /** Feature key to setting. */
  readonly overrides: ReadonlyMap<string, boolean>;
  /** The changes after the caller's revision, oldest first, at most as many as the caller asked for. */
  readonly changes: readonly Change[];
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
 */
export interface Writes {
  /** Creates an override: `ALREADY_EXISTS`, `NOT_FOUND`, `FAILED_PRECONDITION` of an archived feature. */
  createOverride(orgId: string, featureKey: string, enabled: boolean, call: Call): Promise<OverrideOutcome>;
  /** Sets and resets overrides, all or none, one outcome each in the same order. */
  updateOverrides(updates: readonly OverrideUpdate[], call: Call): Promise<readonly OverrideOutcome[]>;
  /** Removes every override of an organisation, those of archived features too. */
  deleteOverrides(orgId: string, call: Call): Promise<DeletedOverrides>;
  /** Adds a feature: `ALREADY_EXISTS`. */
  createFeature(feature: NewFeature, call: Call): Promise<Feature>;
  /** Changes a feature, unless that changes nothing: `NOT_FOUND`. */
  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Promise<Feature>;
  /** Removes a feature: `NOT_FOUND`, or `FAILED_PRECONDITION` while it has overrides and `force` is false. */
  deleteFeature(featureKey: string, force: boolean, call: Call): Promise<DeletedOverrides>;
}

/** Where features, overrides and their changes are kept. Reads see every write that was acknowledged before them. */
export interface Store extends Writes {
  /** Reads the catalogue. */
  readCatalogue(): Awaitable<CatalogueSnapshot>;
  /** Reads the changes after a revision, oldest first, at most `limit`; costs next to nothing when there are none. */
  readChanges(since: number, limit: number): Awaitable<readonly Change[]>;
  /** Reads an organisation, and the changes after a revision as `readChanges` does. */
  readOrganisation(orgId: string, since: number, limit: number): Awaitable<OrganisationSnapshot>;
  /** Reads one page of overrides. */
  listOverrides(query: OverrideQuery): Awaitable<OverridePage>;
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
