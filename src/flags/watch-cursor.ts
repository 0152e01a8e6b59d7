import type { Scope } from "../domain/access.ts";
import type { ChangeFilter } from "../domain/change.ts";
import { isLimited } from "../domain/reach.ts";
import { toldChange } from "../domain/told-change.ts";
import type { WatchEvent } from "./watch-event.ts";
import type { WatchBeginning, WatchSource } from "./watch-source.ts";

/** Events that are at hand, and up to which revision they are all there are. */
interface Page {
  readonly events: readonly WatchEvent[];
  readonly end: number;
}

/** Where a watch stands: goes through what its filter lets pass, in memory or, further back, in the log. */
export class WatchCursor {
  readonly #source: WatchSource;
  readonly #filter: ChangeFilter;
  #revision: number;
  #page: Page | undefined;
  #pageAt = 0;

  /** Begins after a revision that is in memory or in the log, with an event of that revision where there is one. */
  constructor(source: WatchSource, filter: ChangeFilter, { revision, event }: WatchBeginning) {
    this.#source = source;
    // Events are told as they are where there is nothing to leave out.
    this.#filter = filter.scope === undefined || isLimited(filter.scope) ? filter : { ...filter, scope: undefined };
    this.#revision = revision;
    this.#page = event && { events: [event], end: revision };
  }

  /** Everything up to this revision has been gone through. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether there is nothing left but what is still to come; `next` was called before. */
  get isAtEnd(): boolean {
    return this.#page === undefined && this.#source.feed.recent.reachesBackTo(this.#revision);
  }

  /** The next event that is at hand; undefined at the end, and where the log must be read. */
  next(): WatchEvent | undefined {
    const event = this.#page === undefined ? this.#ofMemory() : this.#ofPage(this.#page);
    return this.#filter.scope === undefined ? event : told(event, this.#filter.scope);
  }

  /** Reads on in the log, which `next` then goes through. */
  async readOn(): Promise<void> {
    this.#page = await this.#source.log.after(this.#revision, this.#filter);
    this.#pageAt = 0;
  }

  #ofPage({ events, end }: Page): WatchEvent | undefined {
    const event = events[this.#pageAt];
    if (event !== undefined) {
      this.#pageAt += 1;
      this.#revision = event.revision;
      return event;
    }
    this.#page = undefined;
    this.#revision = end;
    return this.#ofMemory();
  }

  #ofMemory(): WatchEvent | undefined {
    const { recent } = this.#source.feed;
    if (!recent.reachesBackTo(this.#revision)) {
      return undefined;
    }
    const event = recent.after(this.#revision, this.#filter);
    this.#revision = event?.revision ?? recent.revision;
    return event;
  }
}

/** What a scope lets be told of an event of its own. */
function told(event: WatchEvent | undefined, scope: Scope): WatchEvent | undefined {
  return event?.kind === "change" ? { ...event, change: toldChange(event.change, scope) } : event;
}
