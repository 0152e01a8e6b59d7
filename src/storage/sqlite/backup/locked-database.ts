import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { Refused } from "../../refused.ts";
import { StoreOpenError } from "../../store.ts";
import { openError, readVersion } from "../connection.ts";

/** A database file that nobody else has open, and nobody can open, until it is released. */
export class LockedDatabase {
  // Undefined where there is no database to lock.
  readonly #db: Database.Database | undefined;

  private constructor(db: Database.Database | undefined) {
    this.#db = db;
  }

  /**
   * Locks a file; one that is damaged, or is not there, is nobody's. Throws Refused where somebody has it open, and
   * StoreOpenError where it can't be locked or is another program's.
   */
  static lock(file: string): LockedDatabase {
    if (!existsSync(file)) {
      return new LockedDatabase(undefined);
    }
    let db: Database.Database | undefined;
    try {
      db = new Database(file, { fileMustExist: true, timeout: 0 });
      // In this mode the first transaction locks the file itself, which every open connection of a service holds.
      db.pragma("locking_mode = EXCLUSIVE");
      db.exec("BEGIN EXCLUSIVE; COMMIT");
      requireOurs(db, file);
      return new LockedDatabase(db);
    } catch (error) {
      db?.close();
      const worded = lockError(file, error);
      if (worded instanceof StoreOpenError && worded.fault === "damaged") {
        return new LockedDatabase(undefined);
      }
      throw worded;
    }
  }

  /** Brings all that was committed into the one file, and answers whether that could be done. */
  makeOneFile(): boolean {
    try {
      return this.#db?.pragma("journal_mode = DELETE", { simple: true }) === "delete";
    } catch {
      // The file is damaged, or the disk is full: its log stays beside it.
      return false;
    }
  }

  /** Lets others open the file. */
  release(): void {
    this.#db?.close();
  }
}

function requireOurs(db: Database.Database, file: string): void {
  try {
    readVersion(db, file);
  } catch (error) {
    // An older backup may well take the place of a newer database.
    if (!(error instanceof StoreOpenError) || error.fault !== "newer") {
      throw error;
    }
  }
}

function lockError(file: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_BUSY")
    ? new Refused(`the database ${file} is in use, by a running service or by another program; stop it first`)
    : openError(file, error);
}
