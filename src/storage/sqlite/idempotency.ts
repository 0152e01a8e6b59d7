import type Database from "better-sqlite3";
import type { Call, Idempotency } from "../../domain/call.ts";
import { invalidArgument } from "../../domain/errors.ts";
import type { ChangeLog } from "./change-log.ts";

const keptMs = 24 * 60 * 60 * 1000;
// More than one, so that a store that was busy gets rid of its keys again; few, so that no write pays for all.
const maxRemovedAtOnce = 100;

interface KeyRow {
  readonly fingerprint: string;
  readonly outcome: string;
}

/**
 * What the writes of the last 24 hours that had an idempotency key came to; used inside their transactions. Hours are the
 * clock's: the time of the log stands still for as long as a clock that was ahead has been set back.
 */
export class IdempotencyKeys {
  readonly #log: ChangeLog;
  readonly #select: Database.Statement<[string, string, number], KeyRow>;
  readonly #put: Database.Statement<[string, string, string, string, number]>;
  readonly #removeOld: Database.Statement<[number]>;

  constructor(db: Database.Database, log: ChangeLog) {
    this.#log = log;
    this.#select = db.prepare(
      "SELECT fingerprint, outcome FROM idempotency_keys WHERE actor = ? AND key = ? AND time > ?",
    );
    this.#put = db.prepare("INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?)");
    this.#removeOld = db.prepare(`
      DELETE FROM idempotency_keys WHERE (actor, key) IN
      (SELECT actor, key FROM idempotency_keys WHERE time <= ? ORDER BY time LIMIT ${maxRemovedAtOnce})`);
  }

  /** What the same write came to before; `INVALID_ARGUMENT` where the key was used for another one. */
  find({ actor }: Call, { key, fingerprint }: Idempotency): { readonly outcome: unknown } | undefined {
    const row = this.#select.get(actor, key, this.#log.clock - keptMs);
    if (row === undefined) {
      return undefined;
    }
    if (row.fingerprint !== fingerprint) {
      const description = "was used for another request within 24 hours; send a new key, or the same request";
      throw invalidArgument([{ field: "Idempotency-Key", description }]);
    }
    return { outcome: JSON.parse(row.outcome) };
  }

  /** Keeps what a write came to. */
  keep({ actor }: Call, { key, fingerprint }: Idempotency, outcome: unknown): void {
    this.#removeOld.run(this.#log.clock - keptMs);
    this.#put.run(actor, key, fingerprint, JSON.stringify(outcome), this.#log.clock);
  }
}
