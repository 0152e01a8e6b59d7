import type { ChangeFilter } from "../domain/change.ts";
import { scopeText } from "../domain/scope-text.ts";
import type { Store } from "../storage/store.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { beforeHistory } from "./history-reach.ts";
import type { ChangeEvent } from "./watch-event.ts";

/** A piece of the log: all that a filter lets pass, up to the revision at its end. */
export interface LogPage {
  readonly events: readonly ChangeEvent[];
  readonly end: number;
}

const pageSize = 100;

// Watches that were cut together read on together: the same pages, one after the other.
const keptPages = 16;

/** Reads the log for watches that are further behind than what is in memory. */
export class LogPages {
  readonly #store: Store;
  readonly #feed: ChangeFeed;
  readonly #pages = new Map<string, Promise<LogPage>>();

  constructor(store: Store, feed: ChangeFeed) {
    this.#store = store;
    this.#feed = feed;
  }

  /** Reads on after a revision that is not the last one; `OUT_OF_RANGE` where not all is kept from there on. */
  after(revision: number, filter: ChangeFilter): Promise<LogPage> {
    const key = `${revision} ${filter.orgId ?? ""} ${filter.featureKey ?? ""} ${scopeText(filter.scope)}`;
    const page = this.#pages.get(key) ?? this.#read(revision, filter);
    this.#keep(key, page);
    return page;
  }

  async #read(after: number, filter: ChangeFilter): Promise<LogPage> {
    this.#feed.requireOpen();
    // What is committed, but not in memory yet, is told from there.
    const { revision } = this.#feed;
    const changes = await this.#store.readFilteredChanges(after, filter, pageSize);
    // Asked for afterwards: what is kept still was kept while the page was read.
    const bounds = await this.#store.readHistoryBounds();
    if (after < bounds.prunedRevision) {
      throw beforeHistory("from_revision", bounds);
    }
    const events = changes
      .filter((change) => change.revision <= revision)
      .map((change) => ({ kind: "change", revision: change.revision, change }) as const);
    const isLast = events.length < pageSize;
    return { events, end: isLast ? revision : (events.at(-1)?.revision ?? revision) };
  }

  // The page used longest ago goes first. One that could not be read is read anew.
  #keep(key: string, page: Promise<LogPage>): void {
    this.#pages.delete(key);
    this.#pages.set(key, page);
    const [oldest = key] = this.#pages.keys();
    if (this.#pages.size > keptPages) {
      this.#pages.delete(oldest);
    }
    page.catch(() => this.#pages.delete(key));
  }
}
