import type Database from "better-sqlite3";
import type { Findings } from "./findings.ts";

interface ForeignKeyRow {
  readonly table: string;
  readonly parent: string;
}

/** Verifies that SQLite finds all pages, rows and indexes to be sound; answers whether it does. */
export function verifyPages(db: Database.Database, findings: Findings): boolean {
  // Its own bound is a hundred lines, too.
  const lines = db.prepare<[], string>("PRAGMA integrity_check").pluck().all();
  // A tree that is damaged is told of in several lines at once.
  const wrong = lines.flatMap((each) => each.split("\n")).filter((line) => line !== "ok" && line !== "");
  for (const line of wrong) {
    findings.add(`pages: ${line}`);
  }
  return wrong.length === 0;
}

/** Verifies that no row names a feature that is not there. */
export function verifyReferences(db: Database.Database, findings: Findings): void {
  for (const { table, parent } of db.prepare<[], ForeignKeyRow>("PRAGMA main.foreign_key_check").iterate()) {
    findings.add(`${table}: a row names a row of ${parent} that is not there`);
  }
}
