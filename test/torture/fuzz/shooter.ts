import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import type { Seen } from "./verdict.ts";
import type { WireRequest } from "./wire-request.ts";

// Streams go on for ever: then the client leaves, so long after their beginning.
const listenMs = 50;
const requestsOfOneSession = 500;
const nothing: Seen = { status: 0, grpcStatus: undefined, grpcMessage: undefined, body: "" };

/** Sends whatever it is given to one address, and sees what comes back. */
export class Shooter {
  readonly #host: string;
  readonly #port: number;
  readonly #patienceMs: number;
  #session: ClientHttp2Session | undefined;
  #sent = 0;

  /** Whoever says nothing for so long has nothing to say: requests of which the length is wrong get no answer at once. */
  constructor(url: string, patienceMs: number) {
    this.#patienceMs = patienceMs;
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Sends bytes on a connection of their own, and reads until it closes. Rejects where nobody listens. */
  async sendBytes(bytes: Buffer): Promise<Seen> {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    await once(socket, "connect");
    // A reset is one of the ways for a server to refuse.
    socket.on("error", () => {});
    socket.once("end", () => socket.end());
    let timer = setTimeout(() => socket.destroy(), this.#patienceMs);
    socket.once("data", () => {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), listenMs);
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write(bytes);
    await new Promise((resolve) => socket.once("close", resolve));
    clearTimeout(timer);
    const body = Buffer.concat(chunks).toString("latin1");
    const [, status = "0"] = /^HTTP\/1\.1 (\d{3})/.exec(body) ?? [];
    return { ...nothing, status: Number(status), body };
  }

  /** Sends a request over HTTP/2; nothing is seen of one that the client of the platform refuses to send. */
  sendHttp2(request: WireRequest): Promise<Seen> {
    const session = this.#openSession();
    let stream: ReturnType<ClientHttp2Session["request"]>;
    try {
      stream = session.request(headersOf(request), { endStream: request.body.length === 0 });
    } catch {
      return Promise.resolve(nothing);
    }
    const seen: { -readonly [K in keyof Seen]: Seen[K] } = { ...nothing };
    const note = (headers: { readonly [name: string]: unknown }) => {
      seen.status ||= Number(headers[":status"] ?? 0);
      seen.grpcStatus ??= headers["grpc-status"]?.toString();
      seen.grpcMessage ??= headers["grpc-message"]?.toString();
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      seen.body += chunk.toString("latin1");
    });
    let timer = setTimeout(() => stream.close(), this.#patienceMs);
    stream.once("response", () => {
      clearTimeout(timer);
      timer = setTimeout(() => stream.close(), listenMs);
    });
    if (request.body.length > 0) {
      stream.end(request.body);
    }
    return new Promise((resolve) => {
      stream.once("close", () => {
        clearTimeout(timer);
        resolve(seen);
      });
    });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #openSession(): ClientHttp2Session {
    const isSpent = this.#sent++ % requestsOfOneSession === 0;
    if (this.#session === undefined || this.#session.destroyed || this.#session.closed || isSpent) {
      this.#session?.close();
      this.#session = connectHttp2(`http://${this.#host}:${this.#port}`);
      this.#session.on("error", () => {});
    }
    return this.#session;
  }
}

function headersOf({ method, path, headers }: WireRequest): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ":method": method, ":path": path, ":authority": "localhost" };
  for (const [name, value] of headers) {
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true });
  }
  return fields;
}
