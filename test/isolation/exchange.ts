import { type IncomingHttpHeaders, request as sendHttp1 } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { onTestFinished } from "vitest";
import { decoded } from "./decoded.ts";

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly http: "1.1" | "2";
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** All that came back: what is compressed once as it came, and once as it is without. */
export interface WireAnswer {
  readonly status: number;
  /** Names and values of headers and trailers. */
  readonly heads: string;
  readonly raw: Buffer;
  readonly messages: readonly Buffer[];
}

/** Says that a stream has told enough. */
export type Enough = (answer: WireAnswer) => boolean;

/** Sends a request, and answers what came back: to the end, or until it is enough. */
export type Send = (request: WireRequest, enough?: Enough) => Promise<WireAnswer>;

/** Reaches a server by both versions of HTTP; closed when the test is over. */
export function wireTo(url: string): Send {
  const session = connect(url);
  // What goes wrong with it shows in its calls.
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return (request, enough = () => false) =>
    request.http === "2" ? byHttp2(session, request, enough) : byHttp1(url, request, enough);
}

function byHttp1(url: string, { method, path, headers, body }: WireRequest, enough: Enough): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const request = sendHttp1(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const collected = new Collected(response.statusCode ?? 0, response.headers, response.rawHeaders);
      response.on("data", (chunk: Buffer) => {
        if (enough(collected.with(chunk))) {
          request.destroy();
          resolve(collected.answer());
        }
      });
      response.on("end", () => resolve(collected.answer(response.rawTrailers)));
      response.on("error", () => resolve(collected.answer()));
    });
    request.on("error", reject).end(body);
  });
}

function byHttp2(session: ClientHttp2Session, asked: WireRequest, enough: Enough): Promise<WireAnswer> {
  const { method, path, headers, body } = asked;
  const stream = session.request({ ":method": method, ":path": path, ...headers });
  return new Promise((resolve, reject) => {
    let collected = new Collected(0, {}, []);
    let trailers: readonly string[] = [];
    stream.on("response", (answered, _flags, raw: string[]) => {
      collected = new Collected(Number(answered[":status"]), answered as IncomingHttpHeaders, raw);
    });
    stream.on("trailers", (_trailers, _flags, raw: string[]) => {
      trailers = raw;
    });
    stream.on("data", (chunk: Buffer) => {
      if (enough(collected.with(chunk))) {
        stream.close();
      }
    });
    stream.on("error", reject);
    stream.on("close", () => resolve(collected.answer(trailers)));
    stream.end(body);
  });
}

class Collected {
  readonly #status: number;
  readonly #headers: IncomingHttpHeaders;
  readonly #raw: readonly string[];
  #body = Buffer.alloc(0);

  constructor(status: number, headers: IncomingHttpHeaders, raw: readonly string[]) {
    this.#status = status;
    this.#headers = headers;
    this.#raw = raw;
  }

  with(chunk: Buffer): WireAnswer {
    this.#body = Buffer.concat([this.#body, chunk]);
    return this.answer();
  }

  answer(trailers: readonly string[] = []): WireAnswer {
    const heads = [...this.#raw, ...trailers].join("\n");
    return { status: this.#status, heads, raw: this.#body, messages: decoded(this.#headers, this.#body) };
  }
}
