import type { OutgoingHttpHeaders } from "node:http";
import { checkAccept, JSON_TYPE } from "./accept.ts";
import type { HttpRequest } from "./body.ts";
import { type Coding, chooseCoding, compress, isCompressible } from "./compression.ts";
import type { CallContext } from "./context.ts";
import { makeETag, matchesETag, tagCoding } from "./etag.ts";
import { writeHttpBody } from "./http-body.ts";
import { createFrom, type JsonForm } from "./json-form.ts";
import { type Answer, addVary } from "./response.ts";
import type { ServedRoute } from "./route.ts";

/** What an answer to a unary call is made of. */
export interface UnaryCall {
  readonly route: ServedRoute;
  readonly request: HttpRequest;
  readonly context: CallContext;
}

/** How answers are written. */
export interface UnaryForm {
  readonly json: JsonForm;
  readonly compressMinBytes: number;
}

/** A body and its type, as yet uncompressed. */
interface Content {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Makes the answer of what an implementation returned; a promise only where it takes compressing. */
export function answerUnary(call: UnaryCall, result: object, form: UnaryForm): Answer | Promise<Answer> {
  const { request, route } = call;
  const asked = request.headers;
  const { held, version } = call.context;
  if (held !== undefined) return heldAlready(call, held);
  const headers = startHeaders(call, result);
  const { status } = route.answer;
  if (status === 204 || status === 205) return { status, headers };
  const content = writeContent(route, result, form.json);
  if (route.rawResponse) checkAccept(asked.accept, JSON_TYPE, content.type);
  headers["content-type"] = content.type;
  const coding = negotiateCoding(content, asked["accept-encoding"], headers, form.compressMinBytes);
  if (status === 200 && (request.method === "GET" || request.method === "HEAD")) {
    const etag = tagCoding(toText(headers.etag) ?? version ?? makeETag(content.body), coding);
    headers.etag = etag;
    const ifNoneMatch = asked["if-none-match"];
    if (ifNoneMatch !== undefined && matchesETag(ifNoneMatch, etag)) return notModified(headers);
  }
  if (coding === undefined) return { status, headers, body: content.body };
  headers["content-encoding"] = coding;
  return compress(coding, content.body).then((body) => ({ status, headers, body }));
}

/** The headers and trailers that the implementation has set, and the location that the method has. */
function startHeaders({ context, route }: UnaryCall, result: object): OutgoingHttpHeaders {
  const headers = context.collectHeaders(true);
  const location = route.answer.location?.(createFrom(route.method.output, result));
  if (location !== undefined) headers.location ??= location;
  return headers;
}

function writeContent(route: ServedRoute, result: object, json: JsonForm): Content {
  const { output } = route.method;
  const { responseBody } = route.details;
  if (!route.rawResponse) return { type: JSON_TYPE, body: json.stringify(output, result, responseBody) };
  const { contentType, data } = writeHttpBody(createFrom(output, result), responseBody);
  return { type: contentType, body: data };
}

/** A body that would be compressed for some client varies for every client. */
function negotiateCoding(
  { type, body }: Content,
  acceptEncoding: string | string[] | undefined,
  headers: OutgoingHttpHeaders,
  minBytes: number,
): Coding | undefined {
  // A character has up to three bytes in UTF-8, so most bodies are seen to be small without counting.
  if (body.length * 3 < minBytes || Buffer.byteLength(body) < minBytes || !isCompressible(type)) return undefined;
  addVary(headers, "Accept-Encoding");
  return chooseCoding(toText(acceptEncoding));
}

/** A version with a coding was answered to a client that varies by it. */
function heldAlready({ context }: UnaryCall, held: string): Answer {
  const headers = context.collectHeaders(true);
  headers.etag = held;
  if (held !== context.version) addVary(headers, "Accept-Encoding");
  return notModified(headers);
}

function notModified(headers: OutgoingHttpHeaders): Answer {
  delete headers["content-type"];
  return { status: 304, headers };
}

function toText(header: number | string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
