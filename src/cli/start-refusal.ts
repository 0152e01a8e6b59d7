import type { AppConfig } from "../app.ts";
import { StoreOpenError } from "../storage/store.ts";
import { exitCodeOfStoreFault, exitCodes } from "./exit-codes.ts";

/** Why the service can't start, in one line, and what the process ends with. */
export interface StartRefusal {
  readonly message: string;
  readonly exitCode: number;
}

/** Words an error of starting. Throws it where it is none that a person could have foreseen. */
export function startRefusal(error: unknown, { host, port }: AppConfig): StartRefusal {
  if (error instanceof StoreOpenError) {
    return { message: error.message, exitCode: exitCodeOfStoreFault(error.fault) };
  }
  if (error instanceof Error && "syscall" in error && (error.syscall === "listen" || error.syscall === "getaddrinfo")) {
    const why = "code" in error && error.code === "EADDRINUSE" ? "the port is in use" : error.message;
    return { message: `can't listen on ${host}, port ${port}: ${why}`, exitCode: exitCodes.address };
  }
  throw error;
}

/** Writes a refusal as the one line that there is to say. */
export function printRefusal({ message }: StartRefusal): void {
  process.stderr.write(`orgflags: ${message}\n`);
}
