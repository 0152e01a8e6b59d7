import type Database from "better-sqlite3";
import { DomainError, type DomainErrorCode, type FieldViolation } from "../../domain/errors.ts";
import type { CatalogueMode } from "../../domain/feature.ts";
import type { Writes } from "../store.ts";
import { ChangeLog } from "./change-log.ts";
import { connect } from "./connection.ts";
import { FeatureWrites } from "./feature-writes.ts";
import { OverrideWrites } from "./override-writes.ts";

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
    }
  | { readonly kind: "failure"; readonly code: string; readonly message: string };

/** The one connection of a process that writes. Synchronous; it lives on a thread of its own. */
export class SqliteWriter {
  readonly #db: Database.Database;
  readonly #log: ChangeLog;
  readonly #features: FeatureWrites;
  readonly #overrides: OverrideWrites;

  constructor(file: string, catalogue: CatalogueMode) {
    this.#db = connect(file);
    this.#log = new ChangeLog(this.#db);
    this.#features = new FeatureWrites(this.#db, this.#log, catalogue);
    this.#overrides = new OverrideWrites(this.#db, this.#log, this.#features);
  }

  /** Commits writes together: a refused one leaves no trace, a failure of the database is that of all of them. */
  commit(requests: readonly WriteRequest[]): WriteResult[] {
    try {
      // Immediate: a transaction that began by reading could fail to become a writing one, whatever the busy timeout.
      return this.#db.transaction(() => requests.map((request) => this.#attempt(request))).immediate();
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
      // A transaction within a transaction is a savepoint.
      return { kind: "value", value: this.#db.transaction(() => this.#run(request))() };
    } catch (error) {
      if (error instanceof DomainError) {
        const { code, message, violations } = error;
        return { kind: "refusal", code, message, violations };
      }
      throw error;
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
      default:
        return request satisfies never;
    }
  }
}

function failure(error: unknown): WriteResult {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return { kind: "failure", code, message: error instanceof Error ? error.message : String(error) };
}
