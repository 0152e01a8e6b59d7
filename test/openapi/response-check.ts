import type { OutgoingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Header, MediaType, Reference, Response, Schema } from "../../src/transcoding/openapi/openapi.ts";
import { document, findOperation } from "./served-document.ts";

/** A request and what it was answered, as the server sent it. */
export interface ObservedAnswer {
  readonly method: string;
  /** The path and query. */
  readonly target: string;
  readonly status: number;
  /** In small letters. */
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
};

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, ownProperties: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi");
const validators = new Map<string, ValidateFunction>();

/** Compiles a schema of the document that stands alone, or refers to others there; resolves whether a value is valid. */
export function compileValue(schema: Schema): (value: unknown) => boolean {
  const absolute = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
  return ajv.compile(JSON.parse(absolute));
}

/** The body of an answer, without the coding that it was sent with. */
export function decoded({ headers, body }: ObservedAnswer): Buffer {
  return decoders[String(headers["content-encoding"])]?.(body) ?? body;
}

/** What of an answer is not as the document says, in words; nothing where all is well. */
export function faultsOf(answer: ObservedAnswer): string[] {
  const [path = ""] = answer.target.split("?", 1);
  const found = findOperation(answer.method, path);
  const faults = found === undefined ? checkWithoutOperation(answer) : checkResponse(answer, found);
  return faults.map((fault) => `${answer.method} ${answer.target} ${answer.status}: ${fault}`);
}

/** Paths and methods that are not there are errors like any others; OPTIONS says what is. */
function checkWithoutOperation(answer: ObservedAnswer): string[] {
  if (answer.method === "OPTIONS" && answer.status === 204) return checkEmpty(answer);
  const name = answer.status === 405 ? "MethodNotAllowed" : "Error";
  const pointer = ["components", "responses", name];
  return checkAgainst(answer, document.components.responses[name] ?? { description: "" }, pointer);
}

function checkResponse(answer: ObservedAnswer, { path, method }: { path: string; method: string }): string[] {
  const item = document.paths[path];
  const responses = Object.entries(item ?? {}).find(([name]) => name === method)?.[1].responses ?? {};
  const key = Object.hasOwn(responses, answer.status) ? String(answer.status) : "default";
  const response = responses[key];
  if (response === undefined) return ["the operation has no such status"];
  if (!("$ref" in response)) return checkAgainst(answer, response, ["paths", path, method, "responses", key]);
  const pointer = response.$ref.slice(2).split("/");
  return checkAgainst(answer, document.components.responses[pointer[2] ?? ""] ?? { description: "" }, pointer);
}

function checkAgainst(answer: ObservedAnswer, response: Response, pointer: readonly string[]): string[] {
  const missing = Object.entries(response.headers ?? {}).filter(([name, reference]) => {
    return headerOf(reference).required && answer.headers[name.toLowerCase()] === undefined;
  });
  const body = response.content === undefined ? checkEmpty(answer) : checkBody(answer, response.content, pointer);
  return [...missing.map(([name]) => `no header ${name}`), ...body];
}

function checkEmpty({ body }: ObservedAnswer): string[] {
  return body.length === 0 ? [] : ["a body, where there should be none"];
}

function checkBody(answer: ObservedAnswer, content: Record<string, MediaType>, pointer: readonly string[]): string[] {
  const type = String(answer.headers["content-type"]);
  if (!Object.hasOwn(content, type)) return [`the content type ${type}`];
  if (answer.method === "HEAD") return checkEmpty(answer);
  const validate = validatorOf([...pointer, "content", type, "schema"]);
  const values = valuesOf(type, decoded(answer).toString());
  return values.flatMap((value) => (validate(value) ? [] : [ajv.errorsText(validate.errors)]));
}

/** What the schema of a body is about: each line of a stream, all events of one as a text, or the body as JSON. */
function valuesOf(type: string, text: string): unknown[] {
  switch (type) {
    case "application/x-ndjson":
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    case "text/event-stream":
      return [text];
    default:
      return [JSON.parse(text)];
  }
}

function validatorOf(pointer: readonly string[]): ValidateFunction {
  const escaped = pointer.map((name) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1")));
  const $ref = `openapi#/${escaped.join("/")}`;
  const validate = validators.get($ref) ?? ajv.compile({ $ref });
  validators.set($ref, validate);
  return validate;
}

function headerOf({ $ref }: Reference): Pick<Header, "required"> {
  return document.components.headers[$ref.split("/").at(-1) ?? ""] ?? { required: false };
}
