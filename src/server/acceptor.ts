import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { addressOf, type ServerAddress } from "./address.ts";

/** Sent to a server process with a connection; it answers with the same number before it reads from it. */
export interface ConnectionMessage {
  readonly connection: number;
}

/** Whether a message comes with a connection, or says that one was taken. */
export function isConnectionMessage(message: unknown): message is ConnectionMessage {
  return typeof message === "object" && message !== null && "connection" in message;
}

/**
 * Accepts the connections of a port and hands each to the next server process in turn. Those that come while there is
 * none wait, so that none is refused; those of a process that is killed end with it, none is left hanging.
 *
 * Why not node:cluster: its turns leave the connection hanging for ever that was on its way to a process which was
 * killed; without turns, long-lived connections gather in one process.
 */
export class Acceptor {
  readonly #server: Server;
  /** Those whose turn it is, in order, each with the connections that it has not taken yet. */
  readonly #processes = new Map<ChildProcess, Map<number, Socket>>();
  readonly #waiting: Socket[] = [];
  #lastNumber = 0;
  #isClosed = false;

  constructor() {
    // Not a byte is read here: what the client sends waits for the process that serves it.
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      // One that breaks while it waits is found to be broken by the process that gets it.
      socket.on("error", () => {});
      this.#hand(socket);
    });
  }

  /** Resolves with the address, which says whether clients speak TLS; rejects with the platform's own error. */
  async listen(host: string, port: number, isSecure: boolean): Promise<ServerAddress> {
    this.#server.listen({ host, port });
    await once(this.#server, "listening");
    // One connection less, such as for want of memory, is no reason to end.
    this.#server.on("error", () => {});
    // A server that listens on a port has an address with a port.
    return addressOf(this.#server.address() as AddressInfo, isSecure);
  }

  /** Whether it takes no more connections. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Hands connections to this process, too. */
  add(child: ChildProcess): void {
    const handed = new Map<number, Socket>();
    this.#processes.set(child, handed);
    child.on("message", (message) => {
      if (isConnectionMessage(message)) {
        // The process has one of its own to the same connection.
        handed.get(message.connection)?.destroy();
        handed.delete(message.connection);
      }
    });
    child.once("exit", () => {
      this.remove(child);
      // Whether it had begun to read them nobody can tell: they end, as those do that it had taken.
      for (const socket of handed.values()) {
        socket.destroy();
      }
    });
    for (const socket of this.#waiting.splice(0)) {
      this.#hand(socket);
    }
  }

  /** Hands no more connections to this process. */
  remove(child: ChildProcess): void {
    this.#processes.delete(child);
  }

  /** Takes no more connections, and lets go of those that wait. */
  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) {
      socket.destroy();
    }
  }

  #hand(socket: Socket): void {
    const [turn] = this.#processes;
    if (turn === undefined) {
      this.#waiting.push(socket);
      return;
    }
    const [child, handed] = turn;
    // To the end of the turns.
    this.#processes.delete(child);
    this.#processes.set(child, handed);
    this.#lastNumber += 1;
    const message: ConnectionMessage = { connection: this.#lastNumber };
    handed.set(message.connection, socket);
    child.send(message, socket, { keepOpen: true }, (error) => {
      if (error !== null && handed.delete(message.connection)) {
        // It has ended just now and never got it.
        this.remove(child);
        this.#hand(socket);
      }
    });
  }
}
