import type { Socket } from "node:net";
import {
  ackFlag,
  endStreamFlag,
  frame,
  frameHeaderBytes,
  frameTypes,
  onStream,
  preface,
  windowUpdate,
} from "./http2-frames.ts";
import { openSocket } from "./open-socket.ts";

/** Told of what arrives on a connection. */
export interface StreamEvents {
  /** A stream has ended, with so many bytes of DATA. */
  answered(streamId: number, dataBytes: number): void;
  failed(why: string): void;
}

// So much that no measurement uses it up.
const extraWindowBytes = 2 ** 30;

/** A connection that carries many requests at a time, as frames that were made before. */
export class Http2Connection {
  readonly #socket: Socket;
  readonly #received = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);
  #nextStreamId = 1;
  #outgoing: Buffer[] = [];
  events: StreamEvents = { answered() {}, failed() {} };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.write(
      Buffer.concat([preface, frame(frameTypes.settings, 0, 0, Buffer.alloc(0)), windowUpdate(extraWindowBytes)]),
    );
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.events.failed(error.message));
    socket.on("close", () => this.events.failed("a connection was closed"));
  }

  /** Connects to `http://HOST:PORT`, with prior knowledge. */
  static async open(url: string): Promise<Http2Connection> {
    return new Http2Connection(await openSocket(url));
  }

  /** Sends a request on a new stream at the next `flush`; returns the stream's id. */
  add(request: Buffer): number {
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#received.set(streamId, 0);
    this.#outgoing.push(onStream(request, streamId));
    return streamId;
  }

  flush(): void {
    if (this.#outgoing.length > 0) {
      this.#socket.write(Buffer.concat(this.#outgoing));
      this.#outgoing = [];
    }
  }

  close(): void {
    this.events = { answered() {}, failed() {} };
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const seen = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (seen.length - at >= frameHeaderBytes) {
      const end = at + frameHeaderBytes + seen.readUIntBE(at, 3);
      if (end > seen.length) {
        break;
      }
      this.#take(seen.subarray(at, end));
      at = end;
    }
    this.#rest = seen.subarray(at);
    this.flush();
  }

  #take(bytes: Buffer): void {
    const type = bytes[3];
    const flags = bytes[4] ?? 0;
    switch (type) {
      case frameTypes.data:
      case frameTypes.headers:
        this.#takePart(bytes.readUInt32BE(5), type === frameTypes.data ? bytes.length - frameHeaderBytes : 0, flags);
        break;
      case frameTypes.settings:
      case frameTypes.ping:
        if ((flags & ackFlag) === 0) {
          const echoed = type === frameTypes.ping ? bytes.subarray(frameHeaderBytes) : Buffer.alloc(0);
          this.#outgoing.push(frame(type, ackFlag, 0, echoed));
        }
        break;
      case frameTypes.resetStream:
      case frameTypes.goAway:
        this.events.failed(type === frameTypes.goAway ? "the server ends the connection" : "a stream was reset");
        break;
      default: // WINDOW_UPDATE and what a client may ignore.
    }
  }

  #takePart(streamId: number, dataBytes: number, flags: number): void {
    const total = (this.#received.get(streamId) ?? 0) + dataBytes;
    if ((flags & endStreamFlag) === 0) {
      this.#received.set(streamId, total);
    } else {
      this.#received.delete(streamId);
      this.events.answered(streamId, total);
    }
  }
}
