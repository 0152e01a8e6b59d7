import type Database from "better-sqlite3";

/** A row of an organisation. */
export interface Keyed {
  readonly org_id: string;
}

/** Rows that come in the order of organisations, bytewise, taken from one organisation after the other. */
export class RowsByOrganisation<T extends Keyed> {
  readonly #rows: IterableIterator<T>;
  #next: T | undefined;

  constructor(statement: Database.Statement<[], T>) {
    this.#rows = statement.iterate();
    this.#advance();
  }

  /** The organisation whose rows come next; undefined at the end. */
  get orgId(): string | undefined {
    return this.#next?.org_id;
  }

  /** Takes the rows that come next, as far as they are an organisation's. */
  *take(orgId: string): Generator<T> {
    for (let row = this.#next; row?.org_id === orgId; row = this.#next) {
      this.#advance();
      yield row;
    }
  }

  /** Leaves the rest. */
  close(): void {
    this.#rows.return?.();
  }

  #advance(): void {
    const { done, value } = this.#rows.next();
    this.#next = done ? undefined : value;
  }
}

/** The organisation that comes first in any of some rows; undefined where all are at their end. */
export function ordered(all: readonly RowsByOrganisation<Keyed>[]): string | undefined {
  let first: string | undefined;
  for (const { orgId } of all) {
    if (orgId !== undefined && (first === undefined || compareBytes(orgId, first) < 0)) {
      first = orgId;
    }
  }
  return first;
}

// As SQLite orders texts.
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
