import type Database from "better-sqlite3";

/** Makes a function that runs reads so that all of them see the same moment. */
export function momentOf(db: Database.Database): <T>(read: () => T) => T {
  return (read) => db.transaction(read).deferred();
}
