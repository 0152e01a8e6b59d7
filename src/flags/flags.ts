import { everything, isInScope, type Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import type { Change, ChangePage, HistoryBounds, HistoryRetention } from "../domain/change.ts";
import type { Feature, FeatureOrg, FeatureOrgQuery, FeaturePatch, UpdateImpact } from "../domain/feature.ts";
import type {
  NewSetting,
  OverrideCounts,
  OverrideOutcome,
  OverridePage,
  OverrideQuery,
  OverrideUpdate,
} from "../domain/override.ts";
import type { DeletedOverrides, FilteredSnapshot, NewFeature, Store } from "../storage/store.ts";
import {
  checkFeature,
  type EffectiveFlags,
  effectiveFlags,
  featureNotFound,
  inEffect,
  narrowedFlags,
} from "./effective-flags.ts";
import {
  evaluateFlag,
  evaluateFlags,
  type FlagEvaluation,
  type FlagEvaluations,
  narrowedEvaluations,
} from "./evaluated-flags.ts";
import { FlagMap, type FlagMapOptions } from "./flag-map.ts";
import { History } from "./history.ts";
import type { DiffSide, Explanation, FlagsDiff, Moment, PastFlags } from "./moment.ts";
import { untilRevision } from "./until-revision.ts";
import { ChangeWatch } from "./watch.ts";
import type { Watch, WatchOptions } from "./watch-event.ts";
import { WatchSource } from "./watch-source.ts";

/**
 * All that can be asked of and done to flags. Reads answer from memory; a write is answered when it is on disk and
 * in memory, so that every later read sees it. What begins or ends by itself has done so for every read and write from
 * that moment on. Ids and keys must have been validated.
 *
 * What a read or write names must be in its scope; what it does not name is left out where it is not. Without a scope
 * there is no bound.
 */
export class Flags {
  readonly #store: Store;
  readonly #map: FlagMap;
  readonly #history: History;
  readonly #watchSource: WatchSource;

  private constructor(store: Store, map: FlagMap) {
    this.#store = store;
    this.#map = map;
    this.#history = new History(store, map);
    this.#watchSource = new WatchSource(store, map);
  }

  /** Opens the flags of a store, which remains the caller's to close, after `close` of the flags. */
  static async open(store: Store, options: FlagMapOptions): Promise<Flags> {
    return new Flags(store, await FlagMap.open(store, options));
  }

  /** Ends the watches and whatever waits for a revision with `UNAVAILABLE`, and stops all timers. */
  close(): void {
    this.#map.close();
  }

  /**
   * Calls back at once. What the callback asks for need not be newer than its beginning, so that the store is looked at
   * once for all of it.
   */
  lookOnce(read: () => void): void {
    this.#store.lookOnce(read);
  }

  /** The last revision that is in memory. */
  get revision(): number {
    return this.#map.revision;
  }

  /** How many organisations are in memory. */
  get residentOrganisations(): number {
    return this.#map.residentOrganisations;
  }

  /** How many reads of organisations memory answered, and for how many the store was asked. */
  get mapReads(): { readonly hits: number; readonly misses: number } {
    return this.#map.reads;
  }

  /** How many watches are open. */
  get watchers(): number {
    return this.#watchSource.watchers;
  }

  /**
   * Waits until a revision is in memory, at once where it is; `UNAVAILABLE` that names both revisions where it is not
   * after so many milliseconds. Rejects with the signal's reason when that is aborted.
   */
  atLeast(revision: number, timeoutMs: number, signal?: AbortSignal): Awaitable<void> {
    if (this.#map.revision >= revision) {
      return;
    }
    return whenReady(this.#map.followCommits(), () => untilRevision(this.#map.feed, revision, timeoutMs, signal));
  }

  /** Whether an organisation has a feature; `NOT_FOUND` of a feature that is archived or in no catalogue. */
  check(orgId: string, featureKey: string): Awaitable<boolean> {
    const organisation = this.#map.resident(orgId);
    if (organisation !== undefined) {
      return checkFeature(organisation, this.#map.catalogue, featureKey);
    }
    return this.#map.read(orgId, (read, catalogue) => checkFeature(read, catalogue, featureKey));
  }

  /** As `check`, and where the state comes from. */
  evaluate(orgId: string, featureKey: string): Awaitable<FlagEvaluation> {
    const organisation = this.#map.resident(orgId);
    if (organisation !== undefined) {
      return evaluateFlag(organisation, this.#map.catalogue, featureKey);
    }
    return this.#map.read(orgId, (read, catalogue) => evaluateFlag(read, catalogue, featureKey));
  }

  /** The effective state of every feature for an organisation, and where each comes from. */
  evaluateAll(orgId: string, scope?: Scope): Awaitable<FlagEvaluations> {
    const all = this.#map.read(orgId, evaluateFlags);
    const featureKeys = scope?.featureKeys;
    return featureKeys === undefined ? all : whenReady(all, (flags) => narrowedEvaluations(flags, featureKeys));
  }

  /** The effective state of every feature for an organisation. */
  effective(orgId: string, scope?: Scope): Awaitable<EffectiveFlags> {
    return narrowed(this.#map.read(orgId, effectiveFlags), scope);
  }

  /** As `effective`, of the organisation as the store has it now. */
  refresh(orgId: string, scope?: Scope): Awaitable<EffectiveFlags> {
    return narrowed(this.#map.refresh(orgId, effectiveFlags), scope);
  }

  /** One page of the overrides of all organisations. */
  listOverrides(query: OverrideQuery): Awaitable<OverridePage> {
    const { orgId } = query;
    const followed = orgId === undefined ? this.#map.follow() : this.#map.followOrganisation(orgId);
    return whenReady(followed, () => this.#store.listOverrides(query));
  }

  /** All features and the overrides of all organisations, all of one moment; `limit + 1` overrides at the most. */
  everything(limit: number, scope?: Scope): Awaitable<FilteredSnapshot> {
    const all = { orgId: undefined, featureKey: undefined, scope };
    return this.#asOfNow(() => this.#store.readSnapshot(all, limit));
  }

  /** The features of the catalogue, archived ones too, ordered by key, bytewise. */
  listFeatures(scope = everything): Awaitable<readonly Feature[]> {
    return whenReady(this.#map.followCommits(), () => {
      return [...this.#map.catalogue.all()]
        .filter(({ featureKey }) => isInScope(scope, undefined, featureKey))
        .sort(byKey);
    });
  }

  /** The feature of a key, archived or not; `NOT_FOUND`. */
  getFeature(featureKey: string): Awaitable<Feature> {
    return whenReady(this.#map.followCommits(), () => this.#map.catalogue.get(featureKey) ?? missing(featureKey));
  }

  /** How many overrides each feature that has any has, by feature key. */
  overrideCounts(scope?: Scope): Awaitable<ReadonlyMap<string, OverrideCounts>> {
    return this.#asOfNow(() => this.#store.readOverrideCounts(scope));
  }

  /** One page of the stored organisations, with the effective state of a feature; `NOT_FOUND` as in `check`. */
  listFeatureOrgs(query: FeatureOrgQuery): Awaitable<readonly FeatureOrg[]> {
    return this.#asOfNow(() => {
      inEffect(query.featureKey, this.#map.catalogue.get(query.featureKey));
      return this.#store.listFeatureOrgs(query);
    });
  }

  /** Whom `updateFeature` with the same patch would reach; changes nothing. `NOT_FOUND`. */
  updateImpact(featureKey: string, patch: FeaturePatch, scope?: Scope): Awaitable<UpdateImpact> {
    return this.#asOfNow(() => {
      const impact = this.#store.readUpdateImpact(featureKey, patch, scope);
      return whenReady(impact, (read) => read ?? missing(featureKey));
    });
  }

  /**
   * One page of the history. `OUT_OF_RANGE` where `minRevision`, `startTime` or, with the oldest first, `behind` reach
   * back to changes that are no longer kept, and where `maxRevision` or `endTime` let nothing else pass.
   */
  listChanges(page: ChangePage): Awaitable<readonly Change[]> {
    return this.#history.listChanges(page);
  }

  /** One change; `NOT_FOUND` where it is not kept, never was, or is out of scope. */
  getChange(revision: number, scope?: Scope): Awaitable<Change> {
    return this.#history.getChange(revision, scope);
  }

  /** What of the history is kept. */
  historyBounds(): Awaitable<HistoryBounds> {
    return this.#history.bounds();
  }

  /** The effective state of an organisation at a moment; `OUT_OF_RANGE` of one that the history does not reach. */
  effectiveAt(orgId: string, moment: Moment, scope?: Scope): Awaitable<PastFlags> {
    return this.#history.effectiveAt(orgId, moment, scope);
  }

  /** Where two organisations, or one at two moments, differ; `OUT_OF_RANGE` as in `effectiveAt`. */
  diff(side: DiffSide, other: DiffSide, scope?: Scope): Awaitable<FlagsDiff> {
    return this.#history.diff(side, other, scope);
  }

  /** Why a feature is on or off for an organisation; `NOT_FOUND` as in `check`. */
  explain(orgId: string, featureKey: string, scope?: Scope): Awaitable<Explanation> {
    return this.#history.explain(orgId, featureKey, scope);
  }

  /** Tells of changes as they are in memory, without a gap or a repeat. The first event comes at once. */
  watch(options: WatchOptions): Watch {
    return new ChangeWatch(this.#watchSource, options);
  }

  /** See `Writes.createOverride`. */
  createOverride(orgId: string, featureKey: string, setting: NewSetting, call: Call): Promise<OverrideOutcome> {
    return this.#written(this.#store.createOverride(orgId, featureKey, setting, call));
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

  /** See `Writes.revertChange`. */
  revertChange(revision: number, force: boolean, call: Call): Promise<Change> {
    return this.#written(this.#store.revertChange(revision, force, call));
  }

  /** See `Writes.pruneHistory`. */
  pruneHistory(retention: HistoryRetention): Promise<boolean> {
    return this.#store.pruneHistory(retention);
  }

  #asOfNow<T>(read: () => Awaitable<T>): Awaitable<T> {
    return whenReady(this.#map.follow(), read);
  }

  // Committed, then in memory, then answered.
  async #written<T>(write: Promise<T>): Promise<T> {
    const result = await write;
    await this.#map.followCommits();
    return result;
  }
}

function narrowed(flags: Awaitable<EffectiveFlags>, scope: Scope | undefined): Awaitable<EffectiveFlags> {
  const featureKeys = scope?.featureKeys;
  return featureKeys === undefined ? flags : whenReady(flags, (all) => narrowedFlags(all, featureKeys));
}

function byKey(a: Feature, b: Feature): number {
  return a.featureKey < b.featureKey ? -1 : 1;
}

function missing(featureKey: string): never {
  throw featureNotFound(featureKey, false);
}
