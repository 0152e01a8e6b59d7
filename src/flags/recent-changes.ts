import { type Change, type ChangeFilter, passes } from "../domain/change.ts";
import type { ChangeEvent } from "./watch-event.ts";

/** The last changes, kept in memory for all watches. */
export class RecentChanges {
  readonly #bound: number;
  #events: ChangeEvent[] = [];
  #begin: number;
  #revision: number;

  /** Begins with nothing, after a revision. Keeps as many changes as the bound, and up to twice as many. */
  constructor(revision: number, bound: number) {
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
      this.#revision = change.revision;
    }
    if (this.#events.length > 2 * this.#bound) {
      const forgotten = this.#events.length - this.#bound;
      this.#begin = this.#events[forgotten - 1]?.revision ?? this.#begin;
      this.#events = this.#events.slice(forgotten);
    }
  }

  /** Forgets all, and goes on after a revision. */
  skipTo(revision: number): void {
    this.#events = [];
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
