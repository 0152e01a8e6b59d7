import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { type Change, type ChangePage, type HistoryBounds, rangeOf } from "../domain/change.ts";
import { DomainError } from "../domain/errors.ts";
import { flagDifferences } from "../domain/flag-difference.ts";
import { effectiveStates, settledAt, undoChanges } from "../domain/past.ts";
import type { Store } from "../storage/store.ts";
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
    return changes;
  }

  /** See `Flags.getChange`. */
  async getChange(revision: number): Promise<Change> {
    await this.#map.follow();
    const change = await this.#store.readChange(revision);
    if (change !== undefined) {
      return change;
    }
    const { prunedRevision } = await this.#store.readHistoryBounds();
    const why =
      revision <= prunedRevision
        ? `the history begins after revision ${prunedRevision}, and ${revision} is no longer kept`
        : `there is no change ${revision}`;
    throw new DomainError("NOT_FOUND", `revision: ${why}`);
  }

  /** See `Flags.effectiveAt`. */
  async effectiveAt(orgId: string, moment: Moment): Promise<PastFlags> {
    await this.#map.follow();
    return this.#effectiveAt(orgId, moment, this.#map.revision, "");
  }

  /** See `Flags.diff`. */
  async diff(side: DiffSide, other: DiffSide): Promise<FlagsDiff> {
    await this.#map.follow();
    // Two sides that are both as of now are of the same moment.
    const now = this.#map.revision;
    const one = await this.#effectiveAt(side.orgId, side, now, "");
    const another = await this.#effectiveAt(other.orgId, other, now, "other_");
    const differences = flagDifferences(one.flags, another.flags);
    return { differences, revision: one.revision, otherRevision: another.revision };
  }

  /** See `Flags.explain`. */
  explain(orgId: string, featureKey: string): Awaitable<Explanation> {
    return whenReady(this.#map.follow(), () => explain(this.#store, orgId, featureKey));
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
