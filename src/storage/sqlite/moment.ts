import type Database from "better-sqlite3";

/** Makes a function that runs reads so that all of them see the same moment. */
export function momentOf(db: Database.Database): <T>(read: () => T) => T {
  const { deferred } = db.transaction((read: () => unknown) => read());
  // What the transaction answers is what the read does.
  return <T>(read: () => T) => deferred(read) as T;
}
