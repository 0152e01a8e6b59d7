import Database from "better-sqlite3";
import { DomainError } from "../../domain/errors.ts";

/** Whether a code of SQLite's says that what is in the file is no whole database. */
export function isDamage(code: string): boolean {
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}

/** What could not be read, as the caller is to hear of it: `UNAVAILABLE`. Every other error stays as it is. */
export function readFault(error: unknown): unknown {
  const isOfSqlite = error instanceof Database.SqliteError;
  if (!isOfSqlite && !isOfSystem(error)) {
    return error;
  }
  const message =
    isOfSqlite && isDamage(error.code) ? "the database is damaged here" : "the database could not be read";
  const fault = new DomainError("UNAVAILABLE", message);
  fault.cause = error;
  return fault;
}

/** Whether a call of the system failed: the sign of commits is read past SQLite. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
