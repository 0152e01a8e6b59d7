import { isUtf8 } from "node:buffer";
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonReadOptions,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { findJsonFault } from "./json-fault.ts";
import { checkJsonText } from "./json-text.ts";
import { badField, badRequest, RequestFault } from "./request-fault.ts";

/** How JSON bodies are read. */
export interface JsonBodyOptions {
  /** How many objects and arrays may be within one another. */
  readonly maxDepth: number;
  /** Where the types of `google.protobuf.Any` are found. */
  readonly registry: Registry;
}

/** The 415 for a `Content-Type` other than JSON; `undefined` where it is JSON or missing. */
export function checkContentType(contentType: string | undefined): RequestFault | undefined {
  if (contentType === undefined || contentType === "application/json") return undefined;
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/json" || mediaType === "") return undefined;
  return new RequestFault(415, Code.InvalidArgument, "Content-Type: expected application/json");
}

/** Reads a body as the whole message, or as one field of it. Throws `RequestFault`. */
export function readJsonBody(
  message: DescMessage,
  body: DescField | "*",
  bytes: Buffer,
  options: JsonBodyOptions,
): Message {
  const value = parseJson(bytes, options.maxDepth);
  const json = body === "*" ? value : { [body.name]: value };
  // The parser counts up to two levels where the text has one, as for Any; the depth of the text is the limit meant.
  const recursionLimit = 2 * options.maxDepth + 2;
  const readOptions: Partial<JsonReadOptions> = { registry: options.registry, recursionLimit };
  try {
    return fromJson(message, json, readOptions);
  } catch {
    // The parser's error names no path and its words are no interface; the same is found out again, with both.
    throw describeFault(message, json, readOptions);
  }
}

function parseJson(bytes: Buffer, maxDepth: number): JsonValue {
  if (!isUtf8(bytes)) throw badRequest("body: expected JSON in UTF-8");
  const text = bytes.toString();
  const fault = checkJsonText(text, maxDepth);
  switch (fault?.kind) {
    case "too-deep":
      throw badRequest(`body: expected JSON of at most ${maxDepth} levels`);
    case "duplicate-key":
      throw badField(fault.key, "expected each key once in a JSON object");
  }
  try {
    return JSON.parse(text);
  } catch {
    // V8's message quotes the body and changes with its version.
    throw badRequest("body: expected JSON, it is malformed");
  }
}

function describeFault(message: DescMessage, json: JsonValue, options: Partial<JsonReadOptions>): RequestFault {
  const violation = findJsonFault(message, json, options);
  if (violation === undefined) return badRequest(`body: expected the JSON form of ${message.typeName}`);
  const subject = violation.field === "" ? "body" : `body field "${violation.field}"`;
  return badField(violation.field, violation.description, subject);
}
