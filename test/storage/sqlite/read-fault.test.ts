import { closeSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { readFault } from "../../../src/storage/sqlite/read-fault.ts";

function systemError(): unknown {
  const descriptor = openSync("/", "r");
  try {
    return readSync(descriptor, Buffer.alloc(1));
  } catch (error) {
    return error;
  } finally {
    closeSync(descriptor);
  }
}

test.for([
  ["damage", new Database.SqliteError("malformed", "SQLITE_CORRUPT_INDEX"), "the database is damaged here"],
  ["an I/O error", new Database.SqliteError("disk I/O error", "SQLITE_IOERR_READ"), "the database could not be read"],
  ["an error of the system", systemError(), "the database could not be read"],
] as const)("%s is UNAVAILABLE, and says why to whoever looks for it", ([, error, message]) => {
  expect(readFault(error)).toMatchObject({ code: "UNAVAILABLE", message, cause: error });
});

test("any other error stays as it is", () => {
  const error = new TypeError("a fault of ours");
  expect(readFault(error)).toBe(error);
});
