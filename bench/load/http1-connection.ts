import type { Socket } from "node:net";
import { openSocket } from "./open-socket.ts";
import { ResponseReader } from "./response-reader.ts";

/** Told of what arrives on a connection. */
export interface ConnectionEvents {
  /** The answer to the request under way is whole. */
  answered(status: number): void;
  failed(why: string): void;
}

/** A connection that carries one request at a time, as bytes that were made before. */
export class Http1Connection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  events: ConnectionEvents = { answered() {}, failed() {} };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.events.failed(error.message));
    socket.on("close", () => this.events.failed("a connection was closed"));
  }

  /** Connects to `http://HOST:PORT`. */
  static async open(url: string): Promise<Http1Connection> {
    return new Http1Connection(await openSocket(url));
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  close(): void {
    this.events = { answered() {}, failed() {} };
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const status = this.#reader.feed(chunk);
    if (status !== 0) {
      this.events.answered(status);
    }
  }
}
