import net, { type Socket } from "node:net";
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
  static open(url: string): Promise<Http1Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Http1Connection(socket));
      });
    });
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
