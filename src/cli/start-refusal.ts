import type { AppConfig } from "../assembly/app-config.ts";
import { JwtKeyFileError } from "../auth/jwt/jwt-options.ts";
import { AddressError } from "../server/address-error.ts";
import { TlsFileError } from "../server/tls-files.ts";
import { exitCodes } from "./exit-codes.ts";
import { type Refusal, storeRefusal, whatHelps } from "./store-refusal.ts";

/** Words an error of starting. Throws it where it is none that a person could have foreseen. */
export function startRefusal(error: unknown, { host, port, databaseFile }: AppConfig): Refusal {
  const ofStore = storeRefusal(error, whatHelps(databaseFile));
  if (ofStore !== undefined) {
    return ofStore;
  }
  if (error instanceof AddressError) {
    return addressRefusal(error.cause, error);
  }
  return addressRefusal(error, { host, port });
}

function addressRefusal(error: unknown, { host, port }: { readonly host: string; readonly port: number }): Refusal {
  if (error instanceof JwtKeyFileError || error instanceof TlsFileError) {
    return { message: error.message, exitCode: exitCodes.usage };
  }
  if (error instanceof Error && "syscall" in error && (error.syscall === "listen" || error.syscall === "getaddrinfo")) {
    const why = "code" in error && error.code === "EADDRINUSE" ? "the port is in use" : error.message;
    return { message: `can't listen on ${host}, port ${port}: ${why}`, exitCode: exitCodes.address };
  }
  throw error;
}
