import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import type { HttpRequest } from "./body.ts";

/** A response of `node:http`, or of the compatibility API of `node:http2`. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Headers that answers have for reasons of others, such as CORS; the names in small letters. */
export type AddedHeaders = Readonly<Record<string, string>>;

/** A request and the response to it. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** What every answer has besides its own headers, which go over these. */
  readonly added: AddedHeaders | undefined;
}

/** A whole answer; without a `body` it has none. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** Headers that are the transcoder's or the server's own; HTTP/2 forbids most of them (RFC 9113, 8.2.2). */
const RESERVED = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Adds headers that others have set, but for reserved ones; `prefix` makes other names of them. */
export function addHeaders(into: OutgoingHttpHeaders, headers: Iterable<readonly [string, string]>, prefix = ""): void {
  for (const [key, value] of headers) {
    const name = prefix + key.toLowerCase();
    const cookies = into["set-cookie"];
    if (name === "set-cookie") into[name] = Array.isArray(cookies) ? [...cookies, value] : [value];
    else if (!RESERVED.has(name)) into[name] = value;
  }
}

/** Adds a name to `Vary`. */
export function addVary(headers: OutgoingHttpHeaders, name: string): void {
  const { vary } = headers;
  headers.vary = vary === undefined ? name : `${vary}, ${name}`;
}

/** The headers of an answer and the added ones; what varied before by others varies still. */
function joinHeaders({ response, added }: Exchange, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const joined = added === undefined ? headers : { ...added, ...headers };
  if (added?.vary !== undefined && headers.vary !== undefined) joined.vary = `${added.vary}, ${headers.vary}`;
  const before = joined.vary === undefined ? undefined : response.getHeader("vary");
  if (before !== undefined) joined.vary = `${before}, ${joined.vary}`;
  return joined;
}

/** Whether the client is away. */
export function isGone(response: HttpResponse): boolean {
  return "stream" in response ? response.stream.destroyed : response.destroyed;
}

/** Sends headers; the body follows by `response.write`. */
export function sendHead(exchange: Exchange, status: number, headers: OutgoingHttpHeaders): void {
  // The two responses share this form of the method, but not the overloads beside it.
  (exchange.response as ServerResponse).writeHead(status, joinHeaders(exchange, headers));
}

/** Sends a piece of a body; false where the next one should wait for `drain`. */
export function writeChunk(response: HttpResponse, chunk: string | Uint8Array): boolean {
  // As above: one form, other overloads.
  return (response as ServerResponse).write(chunk);
}

/** Sends a whole answer with its length; nothing of it where the exchange is over. */
export function send(exchange: Exchange, answer: Answer): void {
  const { request, response } = exchange;
  if (isGone(response) || response.headersSent) return;
  const { status, headers, body } = answer;
  const bodiless = status === 204 || status === 304;
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  if (!bodiless) headers["content-length"] = length;
  sendHead(exchange, status, headers);
  if (bodiless || body === undefined || request.method === "HEAD") response.end();
  else if (typeof body === "string" && body.length === length) response.end(body, "latin1");
  else response.end(body);
  stopUpload(request);
}

/**
 * Tells an HTTP/2 client that still sends its body to stop, once the answer has gone out (RFC 9113, 8.1). On HTTP/1
 * there is no such word, and Node reads on to the end of the body.
 */
export function stopUpload(request: HttpRequest): void {
  if (!("stream" in request)) return;
  const { stream } = request;
  if (!stream.endAfterHeaders && !stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}
