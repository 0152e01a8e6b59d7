import type { Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { type Change, type ChangePage, type HistoryBounds, isChangeInScope, rangeOf } from "../domain/change.ts";
import { changeNotFound } from "../domain/change-not-found.ts";
import { flagDifferences } from "../domain/flag-difference.ts";
import { effectiveStates, settledAt, undoChanges } from "../domain/past.ts";
import { isLimited } from "../domain/reach.ts";
import { toldChange } from "../domain/told-change.ts";
import type { Store } from "../storage/store.ts";
import { narrowedRecord } from "./effective-flags.ts";
import { explain } from "./explanation.ts";
import type { FlagMap } from "./flag-map.ts";
import { afterHistory, beforeHistory, requireKept } from "./history-reach.ts";
import type { DiffSide, Explanation, FlagsDiff, Moment, PastFlags } from "./moment.ts";

/** What the names of a moment's fields begin with. */
type Side = "" | "other_";

/** What can be asked of the log. */
export class History {
  readonly #store: Store;
  readonly #map: FlagMap;

  constructor(store: Store, map: FlagMap) {
    this.#store = store;
    this.#map = map;
  }

  /** See `Flags.historyBounds`. */
  async bounds(): Promise<HistoryBounds> {
    await this.#map.follow();
    return this.#store.readHistoryBounds();
  }

  /** See `Flags.listChanges`. */
  async listChanges(page: ChangePage): Promise<readonly Change[]> {
    await this.#map.follow();
    const changes = await this.#store.listChanges({ ...page, ...rangeOf(page) });
    // Asked for afterwards: what is kept still was kept while the list was read.
    requireKept(page, await this.#store.readHistoryBounds());
    return isLimited(page.scope) ? changes.map((change) => toldChange(change, page.scope)) : changes;
  }

  /** See `Flags.getChange`. */
  async getChange(revision: number, scope?: Scope): Promise<Change> {
    await this.#map.follow();
    const change = await this.#store.readChange(revision);
    if (change !== undefined && (scope === undefined || isChangeInScope(change, scope))) {
      return toldChange(change, scope);
    }
    const { prunedRevision } = await this.#store.readHistoryBounds();
    throw changeNotFound(revision, prunedRevision);
  }

  /** See `Flags.effectiveAt`. */
  async effectiveAt(orgId: string, moment: Moment, scope?: Scope): Promise<PastFlags> {
    await this.#map.follow();
    const past = await this.#effectiveAt(orgId, moment, this.#map.revision, "");
    return narrowedPast(past, scope);
  }

  /** See `Flags.diff`. */
  async diff(side: DiffSide, other: DiffSide, scope?: Scope): Promise<FlagsDiff> {
    await this.#map.follow();
    // Two sides that are both as of now are of the same moment.
    const now = this.#map.revision;
    const one = narrowedPast(await this.#effectiveAt(side.orgId, side, now, ""), scope);
    const another = narrowedPast(await this.#effectiveAt(other.orgId, other, now, "other_"), scope);
    const differences = flagDifferences(one.flags, another.flags);
    return { differences, revision: one.revision, otherRevision: another.revision };
  }

  /** See `Flags.explain`. */
  explain(orgId: string, featureKey: string, scope?: Scope): Awaitable<Explanation> {
    return whenReady(this.#map.follow(), () => explain(this.#store, orgId, featureKey, scope));
  }

  async #effectiveAt(orgId: string, moment: Moment, now: number, side: Side): Promise<PastFlags> {
    const revision = await this.#revisionAt(moment, now, side);
    // Read first: what is kept when the past is read was kept before that.
    const change = await this.#store.readChange(revision);
    const { features, overrides, changes, bounds } = await this.#store.readOrganisationPast(orgId, revision);
    requireReached(moment, revision, bounds, side);
    const past = undoChanges(features, overrides, changes);
    const flags = effectiveStates(isByTime(moment) ? settledAt(past, moment.time) : past);
    const time = revision === bounds.prunedRevision ? bounds.prunedTime : change?.time;
    return { flags, revision, time };
  }

  async #revisionAt({ revision, time }: Moment, now: number, side: Side): Promise<number> {
    if (revision !== undefined) {
      if (revision > now) {
        throw afterHistory(`${side}revision`, revision, now);
      }
      return revision;
    }
    if (time === undefined) {
      return now;
    }
    const { prunedRevision } = await this.#store.readHistoryBounds();
    return Math.min(Math.max(await this.#store.readRevisionAt(time), prunedRevision), now);
  }
}

function narrowedPast(past: PastFlags, scope: Scope | undefined): PastFlags {
  const featureKeys = scope?.featureKeys;
  return featureKeys === undefined ? past : { ...past, flags: narrowedRecord(past.flags, featureKeys) };
}

/** Whether it is the time that says which moment is meant. */
function isByTime(moment: Moment): moment is Moment & { readonly time: number } {
  return moment.revision === undefined && moment.time !== undefined;
}

function requireReached(moment: Moment, revision: number, bounds: HistoryBounds, side: Side): void {
  const { prunedRevision, prunedTime = Number.NEGATIVE_INFINITY } = bounds;
  if (revision < prunedRevision || (isByTime(moment) && moment.time < prunedTime)) {
    throw beforeHistory(isByTime(moment) ? `${side}time` : `${side}revision`, bounds);
  }
}
