import type Database from "better-sqlite3";
import { DomainError, type DomainErrorCode, type FieldViolation, type Precondition } from "../../domain/errors.ts";
import type { CatalogueMode } from "../../domain/feature.ts";
import type { Writes } from "../store.ts";
import { ChangeLog } from "./change-log.ts";
import { ChangeLookup } from "./change-lookup.ts";
import { Conditions } from "./conditions.ts";
import { connect } from "./connection.ts";
import { DueWrites } from "./due-writes.ts";
import { FeatureWrites } from "./feature-writes.ts";
import { HistoryPruning } from "./history-pruning.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { OverrideStates } from "./override-states.ts";
import { OverrideWrites } from "./override-writes.ts";
import { RevertWrite } from "./revert-write.ts";
import { TokenUses } from "./token-uses.ts";
import { requireInScope } from "./write-scope.ts";
import { type CalledRequest, callOf, isCalled, scopeOf, targetOf } from "./write-target.ts";

/** One call of `Writes`, as plain data, with the time it was asked for in milliseconds since 1970. */
export type WriteRequest = {
  [M in keyof Writes]: { readonly method: M; readonly args: Parameters<Writes[M]>; readonly time: number };
}[keyof Writes];

/** What a write came to, as plain data: its value, a refusal, or a failure of the database. */
export type WriteResult =
  | { readonly kind: "value"; readonly value: unknown }
  | {
      readonly kind: "refusal";
      readonly code: DomainErrorCode;
      readonly message: string;
      readonly violations: readonly FieldViolation[];
      readonly precondition: Precondition | undefined;
    }
  | { readonly kind: "failure"; readonly code: string; readonly message: string };

/** The one connection of a process that writes. Synchronous; it lives on a thread of its own. */
export class SqliteWriter {
  readonly #db: Database.Database;
  readonly #log: ChangeLog;
  readonly #features: FeatureWrites;
  readonly #overrides: OverrideWrites;
  readonly #due: DueWrites;
  readonly #revert: RevertWrite;
  readonly #pruning: HistoryPruning;
  readonly #lookup: ChangeLookup;
  readonly #conditions: Conditions;
  readonly #idempotency: IdempotencyKeys;
  readonly #tokenUses: TokenUses;
  readonly #together: Database.Transaction<(requests: readonly WriteRequest[]) => WriteResult[]>;
  readonly #whole: Database.Transaction<(request: WriteRequest) => unknown>;

  constructor(file: string, catalogue: CatalogueMode) {
    const db = connect(file);
    const log = new ChangeLog(db);
    const lookup = new ChangeLookup(db);
    const states = new OverrideStates(db, log);
    const features = new FeatureWrites(db, log, catalogue);
    this.#db = db;
    this.#log = log;
    this.#lookup = lookup;
    this.#features = features;
    this.#overrides = new OverrideWrites(log, features, states);
    this.#due = new DueWrites(db, log, states);
    this.#revert = new RevertWrite(db, { log, lookup, features, states });
    this.#pruning = new HistoryPruning(db, log, lookup);
    this.#conditions = new Conditions(db, features, states);
    this.#idempotency = new IdempotencyKeys(db, log);
    this.#tokenUses = new TokenUses(db);
    this.#together = db.transaction((requests) => requests.map((request) => this.#attempt(request)));
    // A transaction within a transaction is a savepoint.
    this.#whole = db.transaction((request) => this.#make(request));
  }

  /** Commits writes together: a refused one leaves no trace, a failure of the database is that of all of them. */
  commit(requests: readonly WriteRequest[]): WriteResult[] {
    try {
      // Immediate: a transaction that began by reading could fail to become a writing one, whatever the busy timeout.
      return this.#together.immediate(requests);
    } catch (error) {
      return requests.map(() => failure(error));
    }
  }

  close(): void {
    this.#db.close();
  }

  #attempt(request: WriteRequest): WriteResult {
    this.#log.begin(request.time);
    try {
      return { kind: "value", value: this.#whole(request) };
    } catch (error) {
      if (error instanceof DomainError) {
        const { code, message, violations, precondition } = error;
        return { kind: "refusal", code, message, violations, precondition };
      }
      throw error;
    }
  }

  #make(request: WriteRequest): unknown {
    if (!isCalled(request)) {
      return this.#run(request);
    }
    const call = callOf(request);
    const known = call.idempotency && this.#idempotency.find(call, call.idempotency);
    if (known !== undefined) {
      return known.outcome;
    }
    // First: what else would be refused tells of what is there.
    requireInScope(request, this.#lookup);
    this.#prepare(request);
    const outcome = this.#run(request);
    if (call.idempotency !== undefined) {
      this.#idempotency.keep(call, call.idempotency, outcome);
    }
    return outcome;
  }

  /** Brings what a write is about to the state of the write's time, and checks the conditions on that. */
  #prepare(request: CalledRequest): void {
    const changeOf = (revision: number) => this.#lookup.get(revision);
    if (this.#due.isAnyDue()) {
      this.#due.applyWithin(scopeOf(request, changeOf));
    }
    const { conditions } = callOf(request);
    if (conditions !== undefined) {
      this.#conditions.require(conditions, targetOf(request, changeOf));
    }
  }

  #run(request: WriteRequest): unknown {
    switch (request.method) {
      case "createOverride":
        return this.#overrides.createOverride(...request.args);
      case "updateOverrides":
        return this.#overrides.updateOverrides(...request.args);
      case "deleteOverrides":
        return this.#overrides.deleteOverrides(...request.args);
      case "createFeature":
        return this.#features.createFeature(...request.args);
      case "updateFeature":
        return this.#features.updateFeature(...request.args);
      case "deleteFeature":
        return this.#features.deleteFeature(...request.args);
      case "revertChange":
        return this.#revert.revertChange(...request.args);
      case "applyDue":
        return this.#due.apply(...request.args);
      case "pruneHistory":
        return this.#pruning.prune(...request.args);
      case "noteTokenUses":
        return this.#tokenUses.note(...request.args);
      default:
        return request satisfies never;
    }
  }
}

function failure(error: unknown): WriteResult {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return { kind: "failure", code, message: error instanceof Error ? error.message : String(error) };
}
