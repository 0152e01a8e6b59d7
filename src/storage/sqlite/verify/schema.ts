import Database from "better-sqlite3";
import { migrate } from "../migrations.ts";
import type { Findings } from "./findings.ts";

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Verifies that the tables, indexes and triggers are those of a version; answers whether the tables are. */
export function verifySchema(db: Database.Database, version: number, findings: Findings): boolean {
  const actual = schemaOf(db);
  let hasTables = true;
  for (const [what, sql] of expectedSchema(version)) {
    const found = actual.get(what);
    if (found !== sql) {
      findings.add(`schema: the ${what} is ${found === undefined ? "not there" : "another one"}`);
      hasTables &&= !what.startsWith("table ");
    }
    actual.delete(what);
  }
  // Somebody's own tables and indexes do no harm; a trigger does what the log does not tell.
  for (const what of actual.keys()) {
    if (what.startsWith("trigger ")) {
      findings.add(`schema: the ${what} is none of this program's`);
    }
  }
  return hasTables;
}

function expectedSchema(version: number): Map<string, string> {
  const db = new Database(":memory:");
  try {
    migrate(db, 0, 0, version);
    return schemaOf(db);
  } finally {
    db.close();
  }
}

/** Kind and name to statement, without what makes no difference. SQLite's own (`sqlite_sequence`) are left out. */
function schemaOf(db: Database.Database): Map<string, string> {
  const rows = db
    .prepare<[], SchemaRow>("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all();
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, plain(sql)]));
}

function plain(sql: string): string {
  return sql
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([(),]) ?/g, "$1")
    .trim();
}
