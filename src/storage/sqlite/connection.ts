import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { StoreOpenError } from "../store.ts";
import { applicationId, latestVersion, migrate } from "./migrations.ts";
import { isDamage } from "./read-fault.ts";

// How long a connection waits for a write of another process, in milliseconds.
const busyTimeoutMs = 5000;

// What is checked whole at each start: some hundred milliseconds at the most.
const maxCheckedBytes = 32 * 1024 * 1024;

/** Opens a connection to a database file that exists and is of the latest version. */
export function connect(file: string, trace?: (sql: string) => void): Database.Database {
  const db = new Database(file, {
    fileMustExist: true,
    timeout: busyTimeoutMs,
    ...(trace && { verbose: (sql: unknown) => trace(String(sql)) }),
  });
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  // What is wrong within a page is found when it is read, instead of being read as something else.
  db.pragma("cell_size_check = ON");
  return db;
}

/**
 * Opens a connection to a database file that exists, of whatever version, which never writes to it. Where the file is
 * damaged that may show only when it is read.
 */
export function openForReading(file: string): Database.Database {
  requireExisting(file);
  return new Database(file, { fileMustExist: true, readonly: true, timeout: busyTimeoutMs });
}

/** Throws StoreOpenError where there is no such file. */
export function requireExisting(file: string): void {
  if (!existsSync(file)) {
    throw new StoreOpenError("unwritable", `the database ${file} can't be read (no such file)`);
  }
}

/**
 * Makes a database file ready for connections: creates it and its folder where they are missing, and brings it to
 * the latest version. Throws StoreOpenError where that can't be done, and leaves what is not ours as it is.
 */
export function prepareFile(file: string, now: number): void {
  try {
    makeFolder(dirname(resolve(file)));
    const db = new Database(file, { timeout: busyTimeoutMs });
    try {
      prepare(db, file, now);
    } finally {
      db.close();
    }
  } catch (error) {
    throw openError(file, error);
  }
}

/** Makes a folder, level by level: made at once, a folder below some special file systems is never made and never refused. */
export function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(dirname(folder));
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process may just have made it.
      if (!existsSync(folder)) {
        throw error;
      }
    }
  }
}

function prepare(db: Database.Database, file: string, now: number): void {
  // Before anything is written: the file may be another program's.
  readVersion(db, file);
  requireWhole(db, file);
  const mode = db.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal") {
    throw new StoreOpenError("unwritable", `the database ${file} can't be kept in WAL mode on this file system`);
  }
  // A power cut may not take back the migration either.
  db.pragma("synchronous = FULL");
  db.transaction(() => {
    const version = readVersion(db, file);
    try {
      // Written also where nothing is to migrate, so that a file which can't be written is found out now.
      migrate(db, version, now);
    } catch (error) {
      throw migrationError(file, version, error);
    }
  }).immediate();
}

/** What a migration finds other than it has to be, as a table that is there already, is damage; the disk is not. */
function migrationError(file: string, version: number, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || error.code !== "SQLITE_ERROR") {
    return error;
  }
  const message = `the database ${file} is damaged (it says that it is of version ${version}, which it is not: ${error.message})`;
  return new StoreOpenError("damaged", message, { cause: error });
}

/** Throws StoreOpenError of a small database that SQLite's check finds damaged. A large one is found out as it is read. */
function requireWhole(db: Database.Database, file: string): void {
  const bytes = Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }));
  const found = bytes <= maxCheckedBytes ? db.pragma("integrity_check(1)", { simple: true }) : "ok";
  if (found !== "ok") {
    const [line] = String(found).split("\n").slice(-1);
    throw new StoreOpenError("damaged", `the database ${file} is damaged (${line})`);
  }
}

/** Reads the version of a database, 0 of an empty file; throws StoreOpenError where it is newer, damaged or not ours. */
export function readVersion(db: Database.Database, file: string): number {
  const version = Number(db.pragma("user_version", { simple: true }));
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (version === 0 && tables === 0) {
    return 0;
  }
  if (db.pragma("application_id", { simple: true }) !== applicationId) {
    throw new StoreOpenError("foreign", `${file} is a database of another program, not of orgflags`);
  }
  if (version < 1) {
    const message = `the database ${file} is damaged (it says that it is of version ${version}, which has no tables)`;
    throw new StoreOpenError("damaged", message);
  }
  if (version > latestVersion) {
    const message = `the database ${file} has version ${version}, newer than this program's ${latestVersion}: use a newer orgflags`;
    throw new StoreOpenError("newer", message);
  }
  return version;
}

/** Words what kept a database file from being read; anything but the database and the file system is a mistake here. */
export function readError(file: string, error: unknown): unknown {
  const worded = openError(file, error);
  if (
    !(worded instanceof StoreOpenError) ||
    worded === error ||
    worded.fault !== "unwritable" ||
    !(error instanceof Error)
  ) {
    return worded;
  }
  return new StoreOpenError("unwritable", `the database ${file} can't be read (${whyUnreadable(file, error)})`, {
    cause: error,
  });
}

function whyUnreadable(file: string, error: Error): string {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    return "it is a folder";
  }
  if (!("code" in error) || !String(error.code).startsWith("SQLITE_CANTOPEN")) {
    return error.message;
  }
  try {
    accessSync(file, constants.R_OK);
  } catch (denied) {
    return denied instanceof Error ? denied.message : error.message;
  }
  const name = basename(file);
  return `${error.message}; SQLite needs to write ${name}-wal and ${name}-shm beside it: its folder has to be writable`;
}

/** Words what kept a database file from being opened; anything but the database and the file system is a mistake here. */
export function openError(file: string, error: unknown): unknown {
  if (error instanceof StoreOpenError || !(error instanceof Error) || !("code" in error)) {
    return error;
  }
  const code = String(error.code);
  if (isDamage(code)) {
    const message = `the database ${file} is damaged or is no database (${error.message})`;
    return new StoreOpenError("damaged", message, { cause: error });
  }
  if (!code.startsWith("SQLITE_") && !("syscall" in error)) {
    return error;
  }
  const existing = existsSync(file) ? "opened for writing" : "created";
  return new StoreOpenError("unwritable", `the database ${file} can't be ${existing} (${error.message})`, {
    cause: error,
  });
}
