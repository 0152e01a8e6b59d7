import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import { DomainError } from "../domain/errors.ts";
import { isEnabled } from "../domain/evaluation.ts";
import type { Feature, FeaturePatch } from "../domain/feature.ts";
import type { OverrideOutcome, OverridePage, OverrideQuery, OverrideUpdate } from "../domain/override.ts";
import type { DeletedOverrides, NewFeature, Store } from "../storage/store.ts";
import type { Catalogue } from "./catalogue.ts";
import { FlagMap, type FlagMapOptions } from "./flag-map.ts";
import { codedIndex, codedSetting } from "./override-code.ts";
import type { ResidentOrganisation } from "./resident-organisation.ts";

/** The effective state of an organisation. */
export interface EffectiveFlags {
  /** Another one where the flags or `refreshedAt` are others; for this organisation alone, in this process. */
  readonly version: string;
  /** Feature key to state, in the order of the catalogue, archived features left out. To be called at once. */
  toRecord(): Record<string, boolean>;
  /** When this process last read the organisation from the store, in milliseconds since 1970, UTC. */
  readonly refreshedAt: number;
}

/**
 * All that can be asked of and done to flags. Reads answer from memory; a write is answered when it is on disk and
 * in memory, so that every later read sees it. Ids and keys must have been validated.
 */
export class Flags {
  readonly #store: Store;
  readonly #map: FlagMap;

  private constructor(store: Store, map: FlagMap) {
    this.#store = store;
    this.#map = map;
  }

  /** Opens the flags of a store, which remains the caller's to close. */
  static async open(store: Store, options: FlagMapOptions): Promise<Flags> {
    return new Flags(store, await FlagMap.open(store, options));
  }

  /** The last revision that is in memory. */
  get revision(): number {
    return this.#map.revision;
  }

  /** How many organisations are in memory. */
  get residentOrganisations(): number {
    return this.#map.residentOrganisations;
  }

  /** Whether an organisation has a feature; `NOT_FOUND` of a feature that is archived or in no catalogue. */
  check(orgId: string, featureKey: string): Awaitable<boolean> {
    const organisation = this.#map.resident(orgId);
    if (organisation !== undefined) {
      return checkFeature(organisation, this.#map.catalogue, featureKey);
    }
    return this.#map.read(orgId, (read, catalogue) => checkFeature(read, catalogue, featureKey));
  }

  /** The effective state of every feature for an organisation. */
  effective(orgId: string): Awaitable<EffectiveFlags> {
    return this.#map.read(orgId, effectiveFlags);
  }

  /** As `effective`, of the organisation as the store has it now. */
  refresh(orgId: string): Awaitable<EffectiveFlags> {
    return this.#map.refresh(orgId, effectiveFlags);
  }

  /** One page of the overrides of all organisations. */
  listOverrides(query: OverrideQuery): Awaitable<OverridePage> {
    return this.#store.listOverrides(query);
  }

  /** The features of the catalogue, archived ones too, ordered by key, bytewise. */
  listFeatures(): Awaitable<readonly Feature[]> {
    return whenReady(this.#map.follow(), () => [...this.#map.catalogue.all()].sort(byKey));
  }

  /** The feature of a key, archived or not; `NOT_FOUND`. */
  getFeature(featureKey: string): Awaitable<Feature> {
    return whenReady(this.#map.follow(), () => {
      const feature = this.#map.catalogue.get(featureKey);
      if (feature === undefined) {
        throw notFound(featureKey, false);
      }
      return feature;
    });
  }

  /** See `Writes.createOverride`. */
  createOverride(orgId: string, featureKey: string, enabled: boolean, call: Call): Promise<OverrideOutcome> {
    return this.#written(this.#store.createOverride(orgId, featureKey, enabled, call));
  }

  /** See `Writes.updateOverrides`. */
  updateOverrides(updates: readonly OverrideUpdate[], call: Call): Promise<readonly OverrideOutcome[]> {
    return this.#written(this.#store.updateOverrides(updates, call));
  }

  /** See `Writes.deleteOverrides`. */
  deleteOverrides(orgId: string, call: Call): Promise<DeletedOverrides> {
    return this.#written(this.#store.deleteOverrides(orgId, call));
  }

  /** See `Writes.createFeature`. */
  createFeature(feature: NewFeature, call: Call): Promise<Feature> {
    return this.#written(this.#store.createFeature(feature, call));
  }

  /** See `Writes.updateFeature`. */
  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Promise<Feature> {
    return this.#written(this.#store.updateFeature(featureKey, patch, call));
  }

  /** See `Writes.deleteFeature`. */
  deleteFeature(featureKey: string, force: boolean, call: Call): Promise<DeletedOverrides> {
    return this.#written(this.#store.deleteFeature(featureKey, force, call));
  }

  // Committed, then in memory, then answered.
  async #written<T>(write: Promise<T>): Promise<T> {
    const result = await write;
    await this.#map.follow();
    return result;
  }
}

function checkFeature(organisation: ResidentOrganisation, catalogue: Catalogue, featureKey: string): boolean {
  const feature = catalogue.get(featureKey);
  const index = catalogue.indexOf(featureKey);
  if (feature === undefined || index === undefined || feature.archived) {
    throw notFound(featureKey, feature?.archived === true);
  }
  return isEnabled(feature, organisation.get(index));
}

function effectiveFlags(organisation: ResidentOrganisation, catalogue: Catalogue): EffectiveFlags {
  const { revision, refreshedAt } = organisation;
  const version = `${catalogue.revision}.${revision}.${refreshedAt}`;
  const overrides = organisation.overrides();
  return { version, refreshedAt, toRecord: () => effectiveRecord(overrides, catalogue) };
}

function effectiveRecord(overrides: readonly number[], catalogue: Catalogue): Record<string, boolean> {
  const flags: Record<string, boolean> = {};
  for (const feature of catalogue.all()) {
    if (!feature.archived) {
      flags[feature.featureKey] = isEnabled(feature, undefined);
    }
  }
  for (const code of overrides) {
    const feature = catalogue.at(codedIndex(code));
    if (feature !== undefined && !feature.archived) {
      flags[feature.featureKey] = isEnabled(feature, codedSetting(code));
    }
  }
  return flags;
}

function byKey(a: Feature, b: Feature): number {
  return a.featureKey < b.featureKey ? -1 : 1;
}

function notFound(featureKey: string, archived: boolean): DomainError {
  const why = archived ? `the feature "${featureKey}" is archived` : `no feature "${featureKey}" is in the catalogue`;
  return new DomainError("NOT_FOUND", `feature_key: ${why}`);
}
