import { StoreOpenError } from "../../store.ts";
import { openForReading, readError, readVersion } from "../connection.ts";

/**
 * Copies a database as it is at one moment, while others may write to it, into a file that is there and empty. The
 * copy is one file, whose pages and indexes are made anew. Throws StoreOpenError.
 */
export function copyDatabase(source: string, target: string): void {
  try {
    const db = openForReading(source);
    try {
      if (readVersion(db, source) === 0) {
        throw new StoreOpenError("damaged", `the database ${source} is empty`);
      }
      db.prepare("VACUUM INTO ?").run(target);
    } finally {
      db.close();
    }
  } catch (error) {
    throw isOfDisk(error)
      ? new StoreOpenError("unwritable", `the database ${source} can't be copied to ${target} (${error.message})`)
      : readError(source, error);
  }
}

/** Whether one of the disks is to blame, of which it is not said which. */
function isOfDisk(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR");
}
