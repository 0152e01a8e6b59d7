import { type AddressInfo, isIPv4 } from "node:net";

/** Where a server listens; the URL is one that reaches it from the same machine. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** Says an address of the platform as a URL. */
export function addressOf({ address, port, family }: AddressInfo, isSecure = false): ServerAddress {
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const url = `${isSecure ? "https" : "http"}://${family === "IPv6" ? `[${reachable}]` : reachable}:${port}`;
  return { host: address, port, url };
}

/** Whether what listens on this host can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
