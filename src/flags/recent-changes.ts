import { type Change, type ChangeFilter, passes } from "../domain/change.ts";
import type { ChangeEvent } from "./watch-event.ts";

/** How much is kept in memory. */
export interface RecentBound {
  readonly changes: number;
  /** What people wrote into all of them together, in UTF-16 code units of 2 bytes at the most. */
  readonly text: number;
}

/** The last changes, kept in memory for all watches. */
export class RecentChanges {
  readonly #bound: RecentBound;
  #events: ChangeEvent[] = [];
  #text = 0;
  #begin: number;
  #revision: number;

  /** Begins with nothing, after a revision. Keeps as much as the bound, and up to twice as much. */
  constructor(revision: number, bound: RecentBound) {
    this.#begin = revision;
    this.#revision = revision;
    this.#bound = bound;
  }

  /** The last revision. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether all changes after a revision are here. */
  reachesBackTo(revision: number): boolean {
    return revision >= this.#begin;
  }

  /** Adds changes, each later than the one before. */
  append(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#events.push({ kind: "change", revision: change.revision, change });
      this.#text += textOf(change);
      this.#revision = change.revision;
    }
    if (this.#events.length > 2 * this.#bound.changes || this.#text > 2 * this.#bound.text) {
      this.#forgetOldest();
    }
  }

  /** Forgets all, and goes on after a revision. */
  skipTo(revision: number): void {
    this.#events = [];
    this.#text = 0;
    this.#begin = revision;
    this.#revision = revision;
  }

  /** The first change after a revision that the filter lets pass. */
  after(revision: number, filter: ChangeFilter): ChangeEvent | undefined {
    for (let at = this.#firstAfter(revision); at < this.#events.length; at++) {
      const event = this.#events[at];
      if (event !== undefined && passes(event.change, filter)) {
        return event;
      }
    }
    return undefined;
  }

  /** Forgets what is more than the bound. */
  #forgetOldest(): void {
    let forgotten = 0;
    for (const { revision, change } of this.#events) {
      if (this.#events.length - forgotten <= this.#bound.changes && this.#text <= this.#bound.text) {
        break;
      }
      forgotten += 1;
      this.#text -= textOf(change);
      this.#begin = revision;
    }
    this.#events = this.#events.slice(forgotten);
  }

  #firstAfter(revision: number): number {
    let [low, high] = [0, this.#events.length];
    // Most who ask have seen all but the last.
    if (revision >= (this.#events[high - 2]?.revision ?? Number.POSITIVE_INFINITY)) {
      low = high - 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) > revision) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}

function textOf(change: Change): number {
  const written = change.actor.length + change.reason.length;
  if (change.kind === "override") {
    return written;
  }
  return written + (change.before?.description.length ?? 0) + (change.after?.description.length ?? 0);
}
