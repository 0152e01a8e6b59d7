import { BlockList, isIP } from "node:net";
import type { AppConfig } from "../assembly/app-config.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Warns, in one line, of a service that lets everybody in and can be reached from other machines. */
export function warnOfOpenDoor({ auth, host }: Pick<AppConfig, "auth" | "host">): void {
  if (auth === "public" && !isLoopback(host)) {
    const remedy = "set --auth required or public-read, or put something before it that authenticates";
    process.stderr.write(`orgflags: warning: anybody who reaches ${host} can read and change all flags; ${remedy}\n`);
  }
}

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === "localhost" : loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}
