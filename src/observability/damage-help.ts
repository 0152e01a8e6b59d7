import type { Logger } from "../rpc/logger.ts";

/** Makes a logger that names the command that helps with each error which says that the database is damaged. */
export function withDamageHelp(logger: Logger, databaseFile: string): Logger {
  const help = `the database is damaged: "orgflags verify --db ${databaseFile}" says what is wrong`;
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(isDamage(fields) ? { ...fields, help } : fields, message),
  };
}

function isDamage(fields: object): boolean {
  const error = "err" in fields ? fields.err : undefined;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}
