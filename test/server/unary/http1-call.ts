import { once } from "node:events";
import net from "node:net";
import { mask } from "./http2-call.ts";

export interface Http1Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Uint8Array[];
  /** Sends the body in chunks, without saying before how long it is. */
  readonly isChunked?: boolean;
}

/** Sends a call on a connection of its own and returns all that comes back, one character for each byte. */
export async function callHttp1(port: number, call: Http1Call): Promise<string> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  // A reset shows in what was received.
  socket.on("error", () => {});
  socket.write(headOf(call));
  for (const piece of call.pieces) {
    socket.write(call.isChunked === true ? chunkOf(piece) : piece);
  }
  if (call.isChunked) {
    socket.write("0\r\n\r\n");
  }
  await once(socket, "close");
  return mask(Buffer.concat(received).toString("latin1"));
}

function headOf({ path, headers, pieces, isChunked }: Http1Call): string {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all: Record<string, string> = {
    Host: "flags.example:80",
    Connection: "close",
    ...(isChunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": String(length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function chunkOf(piece: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
}
