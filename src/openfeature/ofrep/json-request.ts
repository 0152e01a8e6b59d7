import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { type HttpRequest, mayHaveBody, readBody } from "../../transcoding/body.ts";
import { checkContentEncoding, decompress, isCompressed } from "../../transcoding/decompress.ts";
import { checkContentType } from "../../transcoding/json-body.ts";
import { badRequest } from "../../transcoding/request-fault.ts";
import { ContextError, type EvaluationContext } from "../evaluation-context.ts";

/** Takes a whole body, decompressed; calls one of the two, once, or none where the client goes away. */
export interface BytesSink {
  received(bytes: Buffer): void;
  fail(error: unknown): void;
}

const none = Buffer.alloc(0);

/** Reads the body of a request; fails with a RequestFault for one that is no JSON by its headers, or too long. */
export function receiveJson(request: HttpRequest, limit: number, sink: BytesSink): void {
  if (!mayHaveBody(request)) {
    sink.received(none);
    return;
  }
  if (isPlain(request, limit)) {
    receivePlain(request, sink);
    return;
  }
  const coding = request.headers["content-encoding"];
  const refusal = checkContentEncoding(coding) ?? checkContentType(request.headers["content-type"]);
  readBody(request, limit, refusal, {
    received(body = none) {
      if (isCompressed(coding) && body.length > 0) {
        decompress(coding, body, limit).then(
          (bytes) => sink.received(bytes),
          (fault: unknown) => sink.fail(fault),
        );
      } else {
        sink.received(body);
      }
    },
    refused: (fault) => sink.fail(fault),
    gone: () => {},
  });
}

/**
 * Whether a body is what nearly every client sends: JSON by HTTP/1.1, not packed, of a length that is known to be within
 * the limit. The platform takes no more bytes than that, and needs none of the care that others need.
 */
function isPlain(request: HttpRequest, limit: number): request is IncomingMessage {
  const { headers } = request;
  const isJson =
    headers["content-type"] === "application/json" || checkContentType(headers["content-type"]) === undefined;
  const length = Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
  return isJson && length <= limit && headers["content-encoding"] === undefined && !("stream" in request);
}

/** The end of a body that is cut off is not told. */
function receivePlain(request: IncomingMessage, sink: BytesSink): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const [first = none, second] = chunks;
    sink.received(second === undefined ? first : Buffer.concat(chunks));
  });
}

/** The context of an evaluation, empty where there is none. Throws a RequestFault for what is no JSON object. */
export function contextOf(bytes: Buffer): EvaluationContext {
  const body = bytes.length === 0 ? {} : parseJson(bytes);
  if (!isObject(body)) {
    throw badRequest('body: expected a JSON object such as {"context":{"targetingKey":"acme"}}');
  }
  const { context = {} } = body;
  if (context === null) {
    return {};
  }
  if (!isObject(context)) {
    throw new ContextError("invalid", "context", "must be a JSON object");
  }
  return context;
}

function parseJson(bytes: Buffer): unknown {
  try {
    if (isUtf8(bytes)) {
      return JSON.parse(bytes.toString());
    }
  } catch {
    // What exactly is wrong with it the platform says in words of its own, which change with its versions.
  }
  throw badRequest("body: expected JSON in UTF-8");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
