import { DomainError } from "../domain/errors.ts";
import type { TokenRegistry } from "../domain/token.ts";
import { openError } from "../storage/sqlite/connection.ts";
import { SqliteTokenRegistry } from "../storage/sqlite/token-registry.ts";
import { exitCodes } from "./exit-codes.ts";
import { printRefusal, storeRefusal, whatHelps } from "./store-refusal.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Works on the tokens of a database, which a service may have open, and prints what that comes to; `open` is how the
 * registry opens it. Resolves with the exit code; throws UsageError for what the database refuses.
 */
export async function withTokens(
  open: "open" | "openExisting",
  file: string,
  work: (tokens: TokenRegistry) => string,
): Promise<number> {
  try {
    const tokens = SqliteTokenRegistry[open](file, Date.now);
    try {
      process.stdout.write(work(tokens));
    } finally {
      tokens.close();
    }
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof DomainError) {
      throw new UsageError(error.message);
    }
    const refusal = storeRefusal(openError(file, error), whatHelps(file));
    if (refusal !== undefined) {
      printRefusal(refusal);
      return refusal.exitCode;
    }
    throw error;
  }
}
