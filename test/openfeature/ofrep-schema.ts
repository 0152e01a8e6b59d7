import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { decoded, type ObservedAnswer } from "../openapi/response-check.ts";

// What OFREP 0.3.0 says of answers, in words of our own. Members that it does not name are not let pass: a name that is
// misspelt would be one.
const reasons = ["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"];
const text = { type: "string" };
const metadata = { type: "object", additionalProperties: { type: ["boolean", "string", "number"] } };

function object(required: readonly string[], properties: object): object {
  return { type: "object", required, properties, additionalProperties: false };
}

function failure(required: readonly string[], codes: readonly string[]): object {
  const key = required.includes("key") ? { key: text } : {};
  return object(required, { ...key, errorCode: { enum: codes }, errorDetails: text, metadata });
}

const badRequest = ["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"];
// The document lets a value be absent; a client then has its own default, which no flag here is meant to give.
const success = object(["key", "reason", "value"], {
  key: text,
  reason: { enum: reasons },
  value: { type: "boolean" },
  variant: text,
  metadata,
});
const endpoint = object(["requestUri"], { requestUri: { type: "string", pattern: "^/" }, origin: text });
const eventStream = {
  ...object(["type"], {
    type: { const: "sse" },
    url: text,
    endpoint,
    inactivityDelaySec: { type: "integer", minimum: 1 },
  }),
  oneOf: [{ required: ["url"] }, { required: ["endpoint"] }],
};
const bulkSuccess = object(["flags"], {
  flags: { type: "array", items: { oneOf: [success, failure(["key", "errorCode"], badRequest)] } },
  metadata,
  eventStreams: { type: "array", items: eventStream },
});
const details = object(["errorDetails"], { errorDetails: text });
// Of these the document says nothing; they are worded as its other errors.
const beside = { oneOf: [details, failure(["errorCode"], badRequest), failure(["key", "errorCode"], badRequest)] };

/** What is sent on the stream of events. */
const refetch = object(["type"], { type: { const: "refetchEvaluation" }, etag: text, lastModified: text });

const ajv = new Ajv2020({ strict: false, allErrors: true, ownProperties: true });
const single: Readonly<Record<number, ValidateFunction>> = {
  200: ajv.compile(success),
  400: ajv.compile(failure(["key", "errorCode"], badRequest)),
  404: ajv.compile(failure(["key", "errorCode"], ["FLAG_NOT_FOUND"])),
  500: ajv.compile(details),
};
const bulk: Readonly<Record<number, ValidateFunction>> = {
  200: ajv.compile(bulkSuccess),
  400: ajv.compile(failure(["errorCode"], badRequest)),
  500: ajv.compile(details),
};
const others = ajv.compile(beside);
const event = ajv.compile(refetch);

/** Whether a target is one of OFREP's. */
export function isOfrep(target: string): boolean {
  return target.startsWith("/ofrep/");
}

/** What of an answer is not as the document says, in words; nothing where all is well. */
export function ofrepFaultsOf(answer: ObservedAnswer): string[] {
  const [path = ""] = answer.target.split("?", 1);
  const faults = [...headFaults(answer, path), ...bodyFaults(answer, path)];
  return faults.map((fault) => `${answer.method} ${answer.target} ${answer.status}: ${fault}`);
}

function headFaults({ status, headers }: ObservedAnswer, path: string): string[] {
  const isBulk = path === "/ofrep/v1/evaluate/flags";
  const needed = [
    // An error may be for somebody who is not known.
    ...(status < 400 ? ["orgflags-revision"] : []),
    ...(status === 401 ? ["www-authenticate"] : []),
    ...(isBulk && (status === 200 || status === 304) ? ["etag"] : []),
    ...(status === 429 ? ["retry-after"] : []),
  ];
  const isOptions = status === 204;
  return isOptions ? [] : needed.filter((name) => headers[name] === undefined).map((name) => `no header ${name}`);
}

function bodyFaults(answer: ObservedAnswer, path: string): string[] {
  const { status, method, headers, body } = answer;
  if (status === 304 || status === 204 || method === "HEAD") {
    return body.length === 0 ? [] : ["has a body"];
  }
  if (path.startsWith("/ofrep/v1/events/") && status === 200) {
    return headers["content-type"] === "text/event-stream" ? eventFaults(body.toString()) : ["is no stream of events"];
  }
  const isSingle = /^\/ofrep\/v1\/evaluate\/flags\/[^/]+$/.test(path);
  const table = isSingle ? single : path === "/ofrep/v1/evaluate/flags" ? bulk : {};
  const json = headers["content-type"] === "application/json" ? [] : [`content-type ${headers["content-type"]}`];
  return [...json, ...valueFaults(table[status] ?? others, JSON.parse(decoded(answer).toString()))];
}

function eventFaults(stream: string): string[] {
  const data = stream.split("\n").filter((line) => line.startsWith("data:"));
  return data.flatMap((line) => valueFaults(event, JSON.parse(line.slice("data:".length))));
}

function valueFaults(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : [`${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`];
}
