import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientAuth } from "../../src/server/tls-files.ts";
import { type Authority, createAuthority, issueForLoopback, writePair } from "../certificates.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { startServer, type TestServer, type TestServerOptions } from "./test-server.ts";

/** A server that speaks TLS. */
export interface TlsTestServer extends TestServer {
  readonly ca: string;
  /** Who issued its certificate, and issues those of its clients. */
  readonly authority: Authority;
  /** Where its files are: `cert.pem`, `key.pem`, `clients.pem`. */
  readonly folder: string;
}

/** A server as `startServer` starts it, but of TLS, with a certificate for the loopback address. */
export async function startTlsServer(
  options: TestServerOptions = {},
  clientAuth: ClientAuth = "none",
): Promise<TlsTestServer> {
  const authority = await createAuthority("test");
  const folder = join(temporaryFolder(), "tls");
  const files = writePair(folder, await issueForLoopback(authority));
  const clientCaFile = join(folder, "clients.pem");
  writeFileSync(clientCaFile, authority.cert);
  const clients = { clientCaFile: clientAuth === "none" ? undefined : clientCaFile, clientAuth };
  const server = await startServer({ ...options, tls: { ...files, ...clients } });
  return { ...server, ca: authority.cert, authority, folder };
}
