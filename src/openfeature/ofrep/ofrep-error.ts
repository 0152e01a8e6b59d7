import { DomainError, type DomainErrorCode } from "../../domain/errors.ts";
import { TooManyRequests } from "../../rpc/too-many-requests.ts";
import { Unauthenticated } from "../../rpc/unauthenticated.ts";
import { RequestFault } from "../../transcoding/request-fault.ts";
import { ContextError } from "../evaluation-context.ts";

/** The error codes of OFREP. */
export type OfrepErrorCode = "PARSE_ERROR" | "TARGETING_KEY_MISSING" | "INVALID_CONTEXT" | "GENERAL" | "FLAG_NOT_FOUND";

/** An error in the words of OFREP: `errorCode` is undefined where the protocol has no body but the details. */
export interface OfrepError {
  readonly status: number;
  readonly errorCode: OfrepErrorCode | undefined;
  readonly errorDetails: string;
  readonly headers: Readonly<Record<string, string>>;
}

const statuses: Readonly<Record<DomainErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 400,
  FAILED_PRECONDITION: 400,
  ABORTED: 400,
  OUT_OF_RANGE: 400,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
};

const retryAfterSeconds = "1";

/** A path or a method that is not served. */
export function notServed(status: 404 | 405, errorDetails: string): OfrepError {
  return { status, errorCode: undefined, errorDetails, headers: {} };
}

/** Something that is wrong in here: the client learns no more than an id, by which the log can be searched. */
export function internalError(requestId: string): OfrepError {
  return { status: 500, errorCode: undefined, errorDetails: `internal error (request id ${requestId})`, headers: {} };
}

/** Says a refusal in the words of OFREP; undefined for an error that nobody has foreseen. */
export function ofrepErrorOf(error: unknown): OfrepError | undefined {
  if (error instanceof RequestFault) {
    return ofFault(error);
  }
  return error instanceof DomainError ? ofDomainError(error) : undefined;
}

function ofFault({ status, message, headers }: RequestFault): OfrepError {
  return { status, errorCode: status === 400 ? "PARSE_ERROR" : "GENERAL", errorDetails: message, headers };
}

function ofDomainError(error: DomainError): OfrepError {
  const status = statuses[error.code];
  const seconds = error instanceof TooManyRequests ? String(error.retryAfterSeconds) : retryAfterSeconds;
  const headers = {
    ...((status === 429 || status === 503) && { "retry-after": seconds }),
    ...(error instanceof Unauthenticated && { "www-authenticate": error.challenge }),
  };
  return { status, errorCode: codeOf(error), errorDetails: error.message, headers };
}

function codeOf(error: DomainError): OfrepErrorCode {
  if (error instanceof ContextError) {
    return error.fault === "missing" ? "TARGETING_KEY_MISSING" : "INVALID_CONTEXT";
  }
  return error.code === "NOT_FOUND" ? "FLAG_NOT_FOUND" : "GENERAL";
}
