import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { BadRequestSchema, PreconditionFailureSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { JSON_TYPE } from "../accept.ts";
import type { Rule } from "../rule.ts";
import type { Header, Reference, Response } from "./openapi.ts";
import { refer } from "./schema-writer.ts";
import { STATUS_NAME } from "./status-schema.ts";

interface ErrorResponse {
  readonly name: string;
  readonly description: string;
  readonly code: Code;
  readonly message: string;
}

const DEFAULT: ErrorResponse = {
  name: "Error",
  description: "Any other error.",
  code: Code.PermissionDenied,
  message: "the caller may not do this",
};
const METHOD_NOT_ALLOWED = "MethodNotAllowed";
const BAD_REQUEST = "BadRequest";
const PRECONDITION_FAILED = "PreconditionFailed";
const UNAUTHORIZED = "Unauthorized";
/** What there is only where callers have to say who they are. */
const OF_SECURITY: readonly number[] = [401, 403];

/** The errors of any operation by HTTP status, with a message such as each has. */
const BY_STATUS: ReadonlyMap<number, ErrorResponse> = new Map([
  [
    400,
    {
      name: BAD_REQUEST,
      description:
        "INVALID_ARGUMENT, FAILED_PRECONDITION or OUT_OF_RANGE. Which field or parameter is at fault says a " +
        "`google.rpc.BadRequest` among the details.",
      code: Code.InvalidArgument,
      message: "expected true or false",
    },
  ],
  [
    401,
    {
      name: UNAUTHORIZED,
      description: "UNAUTHENTICATED: credentials are missing where they are needed, or count for nothing.",
      code: Code.Unauthenticated,
      message: "credentials are missing",
    },
  ],
  [
    403,
    {
      name: "Forbidden",
      description: "PERMISSION_DENIED: whoever calls may not do this.",
      code: Code.PermissionDenied,
      message: "the caller may not do this",
    },
  ],
  [404, { name: "NotFound", description: "NOT_FOUND.", code: Code.NotFound, message: "there is no such thing" }],
  [
    405,
    {
      name: METHOD_NOT_ALLOWED,
      description: "The path has no such method.",
      code: Code.Unimplemented,
      message: "method PUT: expected one of GET, HEAD, OPTIONS",
    },
  ],
  [
    406,
    {
      name: "NotAcceptable",
      description: "`Accept` admits no type that there is.",
      code: Code.InvalidArgument,
      message: "Accept: expected application/json, or */*",
    },
  ],
  [
    409,
    {
      name: "Conflict",
      description: "ALREADY_EXISTS or ABORTED.",
      code: Code.AlreadyExists,
      message: "it is there already",
    },
  ],
  [
    412,
    {
      name: PRECONDITION_FAILED,
      description: "ABORTED because of `If-Match`, as a `google.rpc.PreconditionFailure` among the details says.",
      code: Code.Aborted,
      message: "it has changed",
    },
  ],
  [
    413,
    {
      name: "ContentTooLarge",
      description: "The body is too large.",
      code: Code.ResourceExhausted,
      message: "body: expected at most 1048576 bytes",
    },
  ],
  [
    415,
    {
      name: "UnsupportedMediaType",
      description: "The body has a `Content-Type` or `Content-Encoding` that is not read.",
      code: Code.InvalidArgument,
      message: "Content-Type: expected application/json",
    },
  ],
  [
    429,
    {
      name: "TooManyRequests",
      description: "RESOURCE_EXHAUSTED.",
      code: Code.ResourceExhausted,
      message: "there is too much to do, try again later",
    },
  ],
  [
    500,
    {
      name: "InternalServerError",
      description: "INTERNAL, UNKNOWN or DATA_LOSS.",
      code: Code.Internal,
      message: "internal error, request 5b1f8c2e",
    },
  ],
  [
    503,
    {
      name: "ServiceUnavailable",
      description: "UNAVAILABLE.",
      code: Code.Unavailable,
      message: "the server is shutting down",
    },
  ],
  [
    504,
    {
      name: "GatewayTimeout",
      description: "DEADLINE_EXCEEDED.",
      code: Code.DeadlineExceeded,
      message: "the deadline has passed",
    },
  ],
]);

/** The headers of answers that the document describes. */
export const HEADERS: { [name: string]: Header } = {
  ETag: {
    description: "Names the body. `If-None-Match` with it is answered 304.",
    required: true,
    schema: { type: "string" },
  },
  Location: { description: "The path of what was created.", required: false, schema: { type: "string" } },
  Allow: { description: "The methods that the path has.", required: true, schema: { type: "string" } },
};

/** The headers of answers to callers who have to say who they are. */
export const SECURITY_HEADERS: { [name: string]: Header } = {
  "WWW-Authenticate": { description: "Which credentials are wanted.", required: true, schema: { type: "string" } },
};

/**
 * The answers of errors by name, for all operations to refer to. `headers` are those that errors have in common; those of
 * callers who are not known, or may not, are there where the operations are secured.
 */
export function errorResponses(
  headers: { [name: string]: Reference },
  isSecured: boolean,
): { [name: string]: Response } {
  const errors = [...BY_STATUS].filter(([status]) => isSecured || !OF_SECURITY.includes(status));
  const all = [...errors.map(([, error]) => error), DEFAULT];
  return Object.fromEntries(all.map((error) => [error.name, errorResponse(error, headers)]));
}

/** The errors that an operation of the rule can answer. A 405 is of no operation: it says that there is none. */
export function errorsOf({ httpMethod, body }: Rule, isSecured: boolean): { [status: string]: Reference } {
  const reads = httpMethod === "GET" || httpMethod === "HEAD";
  const statuses = [...BY_STATUS.keys()].filter((status) => {
    if (status === 405) return false;
    if (OF_SECURITY.includes(status)) return isSecured;
    if (status === 409 || status === 412) return !reads;
    return (status !== 413 && status !== 415) || body !== undefined;
  });
  const named = statuses.map((status) => [status, toReference(BY_STATUS.get(status) ?? DEFAULT)] as const);
  return { ...Object.fromEntries(named), default: toReference(DEFAULT) };
}

/** A reference to a header of the document. */
export function headerReference(name: string): Reference {
  return { $ref: `#/components/headers/${name}` };
}

function errorResponse(error: ErrorResponse, common: { [name: string]: Reference }): Response {
  const headers = headersOf(error, common);
  return {
    description: error.description,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { [JSON_TYPE]: { schema: refer(STATUS_NAME), example: exampleOf(error) } },
  };
}

function headersOf({ name }: ErrorResponse, common: { [name: string]: Reference }): { [name: string]: Reference } {
  // No method answers that there is none.
  if (name === METHOD_NOT_ALLOWED) return { Allow: headerReference("Allow") };
  // Who is not known learns nothing else.
  return name === UNAUTHORIZED ? { "WWW-Authenticate": headerReference("WWW-Authenticate") } : common;
}

function exampleOf({ name, code, message }: ErrorResponse): JsonObject {
  if (name === PRECONDITION_FAILED) {
    const violation = { type: "IF_MATCH", subject: "If-Match", description: message };
    return { code, message, details: [{ "@type": typeUrl(PreconditionFailureSchema), violations: [violation] }] };
  }
  if (name !== BAD_REQUEST) return { code, message, details: [] };
  const type = typeUrl(BadRequestSchema);
  const violation = { field: "enabled", description: message, reason: "" };
  return { code, message: `enabled: ${message}`, details: [{ "@type": type, field_violations: [violation] }] };
}

function typeUrl({ typeName }: DescMessage): string {
  return `type.googleapis.com/${typeName}`;
}

function toReference({ name }: ErrorResponse): Reference {
  return { $ref: `#/components/responses/${name}` };
}
