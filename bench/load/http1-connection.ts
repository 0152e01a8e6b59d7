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
  /** Why nothing can be sent any more. */
  #lost: string | undefined;
  events: ConnectionEvents = { answered() {}, failed() {} };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#lose(error.message));
    socket.on("close", () => this.#lose("a connection was closed"));
  }

  /** Connects to `http://HOST:PORT`. */
  static async open(url: string): Promise<Http1Connection> {
    return new Http1Connection(await openSocket(url));
  }

  /** Sends a request; where the connection is lost already, says so at once. */
  send(request: Buffer): void {
    if (this.#lost === undefined) {
      this.#socket.write(request);
    } else {
      this.events.failed(this.#lost);
    }
  }

  close(): void {
    this.events = { answered() {}, failed() {} };
    this.#socket.destroy();
  }

  #lose(why: string): void {
    this.#lost ??= why;
    this.events.failed(why);
  }

  #read(chunk: Buffer): void {
    const status = this.#reader.feed(chunk);
    if (status !== 0) {
      this.events.answered(status);
    }
  }
}
