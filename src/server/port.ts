import net, { type Socket } from "node:net";
import type { Logger } from "../rpc/logger.ts";
import { plainAddress, trustProxy } from "../rpc/peer.ts";
import { ConnectionCount } from "./connection-count.ts";
import type { Limits } from "./limits.ts";
import { type Protocol, protocolOf } from "./protocol-detection.ts";
import type { Tls } from "./tls.ts";

// After so many milliseconds of silence the platform finds out whether the peer is still there.
const keepAliveInitialDelay = 60_000;

/** A server that is given its connections. */
export interface ProtocolServer {
  /** Takes a paused connection whose first bytes stand in its buffer. */
  accept(socket: Socket): void;
  /** Lets each connection end as soon as nothing is under way on it. */
  drain(): void;
  /** Stops the timers, once there are no connections any more. */
  close(): void;
}

/** One port for HTTP/1.1 and HTTP/2: with prior knowledge, or as agreed on by TLS. */
export interface Port {
  /** Rejects with the error of the platform (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
  listen(host: string, port: number): Promise<net.AddressInfo>;
  /** Takes a connection that another process has accepted, unread. */
  adopt(socket: Socket): void;
  /**
   * Listens no more, and closes connections that show no protocol within the grace. Resolves when none is left.
   */
  drain(): Promise<void>;
  destroyConnections(): void;
}

/** What a port may have besides its protocols. */
export interface PortOptions {
  readonly tls?: Tls | undefined;
  /** Whether a connection from this address is one of a proxy, whose word is taken for its clients' addresses. */
  readonly isTrustedProxy?: ((address: string) => boolean) | undefined;
}

/**
 * Makes the port; the protocol of a connection is told by its first bytes, at the latest by the 24th. With TLS it speaks
 * nothing else.
 */
export function createPort(
  servers: Readonly<Record<Protocol, ProtocolServer>>,
  limits: Limits,
  logger: Pick<Logger, "warn">,
  { tls, isTrustedProxy = () => false }: PortOptions = {},
): Port {
  const sockets = new Set<Socket>();
  const byAddress = new ConnectionCount(limits.maxConnectionsPerAddress, isTrustedProxy);
  const undetected = new Set<Socket>();
  let whenEmpty: (() => void) | undefined;

  const take = (socket: Socket): void => {
    if (!byAddress.admit(socket)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    undetected.add(socket);
    // A connection that breaks is closed by its server; nothing else is to be done about it.
    socket.on("error", () => {});
    socket.once("close", () => {
      undetected.delete(socket);
      sockets.delete(socket);
      if (sockets.size === 0) {
        whenEmpty?.();
      }
    });
    if (tls === undefined) {
      serve(socket, socket);
    } else {
      tls.secure(socket, (secured) => (secured === undefined ? socket.destroy() : serve(secured, socket)));
    }
  };
  /** Serves what is readable of a connection: itself, or what TLS makes of it. */
  const serve = (socket: Socket, connection: Socket): void => {
    if (isTrustedProxy(plainAddress(socket.remoteAddress ?? ""))) {
      trustProxy(socket, isTrustedProxy);
    }
    detect(socket, limits.detectionTimeoutMs, (protocol) => {
      undetected.delete(connection);
      if (protocol === undefined) {
        socket.destroy();
      } else {
        servers[agreed(socket, protocol)].accept(socket);
      }
    });
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay }, take);
  server.maxConnections = limits.maxConnections;

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => {
          server.off("error", reject);
          // One connection less, such as for want of memory, is no reason to end.
          server.on("error", (error) => logger.warn({ err: error }, "a connection could not be accepted"));
          // A server that listens on a port has an address with a port.
          resolve(server.address() as net.AddressInfo);
        });
      }),
    adopt(socket) {
      if (sockets.size >= limits.maxConnections) {
        socket.destroy();
        return;
      }
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveInitialDelay);
      take(socket);
    },
    async drain() {
      if (server.listening) {
        server.close();
      }
      // A client that has just connected may be about to ask.
      const grace = setTimeout(() => destroy(undetected), limits.drainGraceMs);
      await new Promise<void>((resolve) => {
        whenEmpty = resolve;
        if (sockets.size === 0) {
          resolve();
        }
      });
      clearTimeout(grace);
    },
    destroyConnections: () => destroy(sockets),
  };
}

/** Calls back once: with the protocol, or with undefined if the client says too little within the time or leaves. */
function detect(socket: Socket, timeoutMs: number, decided: (protocol: Protocol | undefined) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const decide = (protocol: Protocol | undefined): void => {
    clearTimeout(timer);
    socket.off("data", read);
    socket.off("end", giveUp);
    socket.off("close", giveUp);
    decided(protocol);
  };
  const read = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = protocolOf(seen);
    if (protocol !== undefined) {
      socket.pause();
      socket.unshift(seen);
      decide(protocol);
    }
  };
  const giveUp = (): void => decide(undefined);
  const timer = setTimeout(giveUp, timeoutMs);
  socket.on("data", read);
  socket.once("end", giveUp);
  socket.once("close", giveUp);
}

/** By TLS a client gets HTTP/2 when it has agreed on that, and not by what it says later (RFC 9113, 3.2). */
function agreed(socket: Socket, protocol: Protocol): Protocol {
  const isAgreed = !("alpnProtocol" in socket) || socket.alpnProtocol === "h2";
  return isAgreed ? protocol : "http1";
}

function destroy(sockets: Iterable<Socket>): void {
  for (const socket of sockets) {
    socket.destroy();
  }
}
