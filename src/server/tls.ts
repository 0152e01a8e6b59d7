import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Logger } from "../rpc/logger.ts";
import type { Limits } from "./limits.ts";
import { readTlsFiles, type TlsMaterial, type TlsOptions } from "./tls-files.ts";
import { TlsReload } from "./tls-reload.ts";

/** The TLS of a port. */
export interface Tls {
  /** Takes a connection, unread. Calls back once: with what is safe to read, or with undefined where there is no trust. */
  secure(socket: Socket, decided: (secured: TLSSocket | undefined) => void): void;
  /** Reads the files anew, now. Bad ones are logged, and change nothing. */
  reload(): void;
  /** When the certificate in use ends, in milliseconds since 1970. */
  readonly certificateEnd: number;
  /** Looks at the files no more. */
  close(): void;
}

/**
 * Makes the TLS of a port, and reads its files again whenever they change. Throws TlsFileError where they are not good
 * to start with.
 */
export function createTls(options: TlsOptions, limits: Limits, logger: Logger): Tls {
  const first = readTlsFiles(options);
  const server = createServer({
    ...contextOf(first),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: limits.detectionTimeoutMs,
    requestCert: options.clientAuth !== "none",
    // With `optional` those that show none are let in; those that show a bad one are sent away below.
    rejectUnauthorized: options.clientAuth === "required",
  });
  const handshakes = new Handshakes(server, logger);
  const reload = new TlsReload(options, limits.tlsReloadMs, logger, first, (material) => {
    server.setSecureContext(contextOf(material));
  });
  return {
    secure: (socket, decided) => handshakes.begin(socket, decided),
    reload: () => reload.now(),
    get certificateEnd() {
      return reload.end;
    },
    close: () => reload.stop(),
  };
}

/** Connections that are being secured. */
class Handshakes {
  readonly #server: Server;
  /** By the client's address and port: what is secured is another object than what was not. */
  readonly #open = new Map<string, (secured: TLSSocket | undefined) => void>();

  constructor(server: Server, logger: Pick<Logger, "debug">) {
    this.#server = server;
    server.on("secureConnection", (secured) => {
      const isTrusted = secured.authorized || secured.getPeerX509Certificate() === undefined;
      const decided = this.#open.get(endOf(secured));
      secured.on("error", () => {});
      if (decided === undefined) {
        secured.destroy();
      } else {
        decided(isTrusted ? secured : undefined);
      }
    });
    server.on("tlsClientError", (error, socket) => {
      // Nearly always somebody who scans the port, or speaks no TLS.
      logger.debug({ err: error, address: socket.remoteAddress }, "a connection could not be secured");
      socket.destroy();
    });
  }

  begin(socket: Socket, decided: (secured: TLSSocket | undefined) => void): void {
    if (socket.remoteAddress === undefined) {
      // The client is gone.
      decided(undefined);
      return;
    }
    const end = endOf(socket);
    const forget = (): void => void this.#open.delete(end);
    this.#open.set(end, (secured) => {
      forget();
      socket.off("close", forget);
      decided(secured);
    });
    socket.once("close", forget);
    // The server does the handshake as it does with those that it has accepted itself.
    this.#server.emit("connection", socket);
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function contextOf({ cert, key, ca }: TlsMaterial) {
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion: "TLSv1.2",
    // Nobody needs to negotiate anew on an open connection, and it costs the server more than the client.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const;
}
