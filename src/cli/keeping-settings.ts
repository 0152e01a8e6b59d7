import { databaseFile } from "./serve-settings.ts";

/** The database, of a command that makes none. */
export const existingDatabase = { ...databaseFile, help: "SQLite database" } as const;
