import type Database from "better-sqlite3";
import type { StoredToken } from "../../domain/token.ts";
import type { CommitLook } from "./commit-look.ts";
import { type TokenRow, tokenFromRow } from "./token-rows.ts";

/** The reads that are about who may call. */
export class TokenReads {
  readonly #look: CommitLook;
  readonly #version: Database.Statement<[], number>;
  readonly #token: Database.Statement<[string], TokenRow>;
  readonly #certificate: Database.Statement<[string], TokenRow>;
  readonly #ticketKey: Database.Statement<[], Uint8Array>;
  #lastVersion = -1;
  // What the look came to before the version was read.
  #readAt = -1;

  constructor(db: Database.Database, look: CommitLook) {
    this.#look = look;
    this.#version = db.prepare<[], number>("SELECT token_version FROM access").pluck();
    this.#ticketKey = db.prepare<[], Uint8Array>("SELECT ticket_key FROM access").pluck();
    this.#token = db.prepare("SELECT * FROM tokens WHERE id = ?");
    this.#certificate = db.prepare(
      "SELECT * FROM tokens WHERE kind = 'certificate' AND name = ? AND revoked_at IS NULL",
    );
  }

  ticketKey(): Uint8Array {
    const key = this.#ticketKey.get();
    if (key === undefined) {
      throw new Error("the database has no key for tickets");
    }
    return key;
  }

  version(): number {
    return this.#versionAt(this.#look.look());
  }

  seenVersion(): number {
    return this.#versionAt(this.#look.last);
  }

  token(id: string): StoredToken | undefined {
    const row = this.#token.get(id);
    return row && tokenFromRow(row);
  }

  certificate(name: string): StoredToken | undefined {
    const row = this.#certificate.get(name);
    return row && tokenFromRow(row);
  }

  // Looked at before the row: a commit between the two is read twice rather than never.
  #versionAt(look: number): number {
    if (look !== this.#readAt) {
      this.#lastVersion = this.#version.get() ?? -1;
      this.#readAt = look;
    }
    return this.#lastVersion;
  }
}
