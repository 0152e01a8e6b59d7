import { closeSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";

/** Overwrites the page on which the tree of a table begins. */
export function damageTable(file: string, table: string): void {
  const db = new Database(file, { readonly: true });
  const page = db.prepare<[string], number>("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(table);
  const size = Number(db.pragma("page_size", { simple: true }));
  db.close();
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(size, 0xff), 0, size, ((page ?? 0) - 1) * size);
  closeSync(descriptor);
}
