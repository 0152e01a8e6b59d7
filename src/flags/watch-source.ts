import { DomainError } from "../domain/errors.ts";
import { effectiveStates } from "../domain/past.ts";
import type { FilteredSnapshot, Store } from "../storage/store.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { FlagMap } from "./flag-map.ts";
import { afterHistory, beforeHistory } from "./history-reach.ts";
import { LogPages } from "./log-pages.ts";
import type { SnapshotEvent, WatchEvent, WatchOptions } from "./watch-event.ts";

/** Where a watch begins, and with which event, unless that is to be found. */
export interface WatchBeginning {
  readonly revision: number;
  readonly event: WatchEvent | undefined;
}

const maxSnapshotOverrides = 10_000;

/** Where all watches take from what they hand out. */
export class WatchSource {
  /** Changes as they come to memory. */
  readonly feed: ChangeFeed;
  /** Changes that are further back. */
  readonly log: LogPages;
  /** How many watches take from it. */
  watchers = 0;
  readonly #store: Store;
  readonly #map: FlagMap;

  constructor(store: Store, map: FlagMap) {
    this.feed = map.feed;
    this.log = new LogPages(store, map.feed);
    this.#store = store;
    this.#map = map;
  }

  /** Finds the beginning; everything that was committed before is in memory then. */
  async begin({ filter, fromRevision, snapshot }: WatchOptions): Promise<WatchBeginning> {
    this.feed.requireOpen();
    await this.#map.follow();
    if (fromRevision !== undefined) {
      return this.#beginAfter(fromRevision);
    }
    if (snapshot === true) {
      const read = await this.#store.readSnapshot(filter, maxSnapshotOverrides);
      // What other processes have committed in the meantime is in it: the memory catches up with that.
      await this.#map.follow();
      return { revision: read.revision, event: snapshotEvent(read, filter.orgId) };
    }
    return { revision: this.feed.revision, event: this.feed.caughtUp };
  }

  async #beginAfter(revision: number): Promise<WatchBeginning> {
    if (revision > this.feed.revision) {
      throw afterHistory("from_revision", revision, this.feed.revision);
    }
    const bounds = await this.#store.readHistoryBounds();
    if (revision < bounds.prunedRevision) {
      throw beforeHistory("from_revision", bounds);
    }
    return { revision, event: undefined };
  }
}

function snapshotEvent({ revision, features, overrides }: FilteredSnapshot, orgId: string | undefined): SnapshotEvent {
  if (overrides.length > maxSnapshotOverrides) {
    const message = `snapshot: there are more than ${maxSnapshotOverrides} overrides; watch one organisation or feature, or list them and give from_revision`;
    throw new DomainError("FAILED_PRECONDITION", message);
  }
  const flags = orgId === undefined ? undefined : effectiveFlagsOf({ features, overrides });
  return { kind: "snapshot", revision, snapshot: { features, overrides, flags } };
}

function effectiveFlagsOf({ features, overrides }: Pick<FilteredSnapshot, "features" | "overrides">) {
  return effectiveStates({
    features: new Map(features.map((feature) => [feature.featureKey, feature])),
    overrides: new Map(overrides.map((setting) => [setting.featureKey, { setting, scheduled: undefined }])),
  });
}
