import { StoreOpenError } from "../storage/store.ts";
import { exitCodeOfStoreFault } from "./exit-codes.ts";

/** Why a command can't do what was asked, in one line, and what the process ends with. */
export interface Refusal {
  readonly message: string;
  readonly exitCode: number;
}

/** Words an error of opening a database, with the commands that help; undefined for any other error. */
export function storeRefusal(error: unknown, file: string): Refusal | undefined {
  if (!(error instanceof StoreOpenError)) {
    return undefined;
  }
  const help = error.fault === "damaged" ? `; ${whatHelps(file)}` : "";
  return { message: error.message + help, exitCode: exitCodeOfStoreFault(error.fault) };
}

/** Names the command that helps where a database is damaged. */
export function restoreHelps(file: string): string {
  return `"orgflags restore --db ${file} BACKUP" puts a backup in its place`;
}

function whatHelps(file: string): string {
  return `"orgflags verify --db ${file}" says what is wrong, ${restoreHelps(file)}`;
}

/** Writes a refusal as the one line that there is to say. */
export function printRefusal({ message }: Refusal): void {
  process.stderr.write(`orgflags: ${message}\n`);
}

/** Does the work of a command that ends by itself; a database that can't be used is told of in one line. */
export async function refusing(file: string, work: () => Promise<number> | number): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const refusal = storeRefusal(error, file);
    if (refusal === undefined) {
      throw error;
    }
    printRefusal(refusal);
    return refusal.exitCode;
  }
}
