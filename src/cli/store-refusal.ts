import { Refused } from "../storage/refused.ts";
import { StoreOpenError } from "../storage/store.ts";
import { exitCodeOfStoreFault, exitCodes } from "./exit-codes.ts";

/** Why a command can't do what was asked, in one line, and what the process ends with. */
export interface Refusal {
  readonly message: string;
  readonly exitCode: number;
}

/** Words an error of opening a database; undefined for any other error. `help` names what helps where it is damaged. */
export function storeRefusal(error: unknown, help: string): Refusal | undefined {
  if (error instanceof Refused) {
    return { message: error.message, exitCode: exitCodes.refused };
  }
  if (!(error instanceof StoreOpenError)) {
    return undefined;
  }
  const message = error.fault === "damaged" ? `${error.message}; ${help}` : error.message;
  return { message, exitCode: exitCodeOfStoreFault(error.fault) };
}

/** Names the commands that help where a database is damaged. */
export function whatHelps(file: string): string {
  return `${verifyHelps(file)}, ${restoreHelps(file)}`;
}

/** Names the command that says more of a damaged database. */
export function verifyHelps(file: string): string {
  return `"orgflags verify --db ${file}" says what is wrong`;
}

/** Names the command that replaces a damaged database. */
export function restoreHelps(file: string): string {
  return `"orgflags restore --db ${file} BACKUP" puts a backup in its place`;
}

/** Writes a refusal as the one line that there is to say. */
export function printRefusal({ message }: Refusal): void {
  process.stderr.write(`orgflags: ${message}\n`);
}

/** Does the work of a command that ends by itself; a database that can't be used is told of in one line. */
export async function refusing(help: string, work: () => Promise<number> | number): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const refusal = storeRefusal(error, help);
    if (refusal === undefined) {
      throw error;
    }
    printRefusal(refusal);
    return refusal.exitCode;
  }
}
