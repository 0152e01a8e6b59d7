import type Database from "better-sqlite3";
import { DomainError } from "../../domain/errors.ts";
import type { NewToken, Token, TokenRegistry } from "../../domain/token.ts";
import { connect, openError, prepareFile, requireExisting } from "./connection.ts";
import { requireLatest } from "./snapshot.ts";
import { type TokenRow, textOfNames, tokenFromRow } from "./token-rows.ts";

/** The tokens in one SQLite file, which a service may have open meanwhile. Each change is on disk when it returns. */
export class SqliteTokenRegistry implements TokenRegistry {
  readonly #db: Database.Database;
  readonly #clock: () => number;

  private constructor(db: Database.Database, clock: () => number) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Opens a database, and makes it where it is missing; throws StoreOpenError where it can't be used. */
  static open(file: string, clock: () => number): SqliteTokenRegistry {
    prepareFile(file, clock());
    return SqliteTokenRegistry.#connect(file, clock);
  }

  /**
   * Opens a database as it is; throws StoreOpenError where it is missing or can't be used, and Refused where it is of an
   * older version.
   */
  static openExisting(file: string, clock: () => number): SqliteTokenRegistry {
    requireExisting(file);
    const registry = SqliteTokenRegistry.#connect(file, clock);
    try {
      requireLatest(registry.#db, file);
      return registry;
    } catch (error) {
      registry.close();
      throw openError(file, error);
    }
  }

  static #connect(file: string, clock: () => number): SqliteTokenRegistry {
    try {
      return new SqliteTokenRegistry(connect(file), clock);
    } catch (error) {
      throw openError(file, error);
    }
  }

  createToken(token: NewToken): Token {
    const { id, kind, name, role, scope, expiresAt = null, hash = null } = token;
    return this.#write(() => {
      if (kind === "certificate") {
        this.#requireNewName(name);
      }
      this.#db
        .prepare("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)")
        .run(
          id,
          kind,
          name,
          role,
          textOfNames(scope.orgIds),
          textOfNames(scope.featureKeys),
          this.#clock(),
          expiresAt,
          hash,
        );
      return this.#require(id);
    });
  }

  listTokens(): readonly Token[] {
    const rows = this.#db.prepare<[], TokenRow>("SELECT * FROM tokens ORDER BY created_at, rowid");
    return rows.all().map(withoutHash);
  }

  revokeToken(id: string): Token {
    return this.#write(() => {
      // The first time counts.
      this.#db.prepare("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL").run(this.#clock(), id);
      return this.#require(id);
    });
  }

  close(): void {
    this.#db.close();
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  #require(id: string): Token {
    const row = this.#db.prepare<[string], TokenRow>("SELECT * FROM tokens WHERE id = ?").get(id);
    if (row === undefined) {
      throw new DomainError("NOT_FOUND", `there is no token ${JSON.stringify(id)}`);
    }
    return withoutHash(row);
  }

  #requireNewName(name: string): void {
    const select = "SELECT id FROM tokens WHERE kind = 'certificate' AND name = ? AND revoked_at IS NULL";
    const id = this.#db.prepare<[string], string>(select).pluck().get(name);
    if (id !== undefined) {
      const message = `the certificate ${JSON.stringify(name)} is known already, as ${id}: revoke that first`;
      throw new DomainError("ALREADY_EXISTS", message);
    }
  }
}

function withoutHash(row: TokenRow): Token {
  const { hash: _, ...token } = tokenFromRow(row);
  return token;
}
