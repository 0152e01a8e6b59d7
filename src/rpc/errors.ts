import { randomUUID } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { BadRequestSchema, PreconditionFailureSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { DomainError, type DomainErrorCode } from "../domain/errors.ts";
import { requestHeader } from "./call-headers.ts";
import type { Guard } from "./guard.ts";
import type { Logger } from "./logger.ts";
import { RefusingStream } from "./refusing-stream.ts";
import { givenRequestId, requestIdKey } from "./request-id.ts";
import { TooManyRequests } from "./too-many-requests.ts";
import { Unauthenticated } from "./unauthenticated.ts";

const codes: Readonly<Record<DomainErrorCode, Code>> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  NOT_FOUND: Code.NotFound,
  ALREADY_EXISTS: Code.AlreadyExists,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ABORTED: Code.Aborted,
  OUT_OF_RANGE: Code.OutOfRange,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  UNAVAILABLE: Code.Unavailable,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
};

/**
 * Says a domain error in the words of the protocols. Violations become a `google.rpc.BadRequest` detail, a condition of
 * the caller's that does not hold a `google.rpc.PreconditionFailure`, when to try again a `google.rpc.RetryInfo`. Metadata
 * tells the same, and which credentials are wanted.
 */
export function connectErrorOf(error: DomainError): ConnectError {
  const metadata = metadataOf(error);
  return new ConnectError(error.message, codes[error.code], metadata, detailsOf(error), error);
}

function metadataOf(error: DomainError): Record<string, string> | undefined {
  if (error instanceof TooManyRequests) {
    return { "retry-after": String(error.retryAfterSeconds) };
  }
  return error instanceof Unauthenticated ? { "www-authenticate": error.challenge } : undefined;
}

function detailsOf(error: DomainError) {
  const { message, violations, precondition } = error;
  const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
  const failure = { type: precondition ?? "", subject: "If-Match", description: message };
  return [
    ...(fieldViolations.length > 0 ? [{ desc: BadRequestSchema, value: { fieldViolations } }] : []),
    ...(precondition === undefined ? [] : [{ desc: PreconditionFailureSchema, value: { violations: [failure] } }]),
    ...(error instanceof TooManyRequests ? [{ desc: RetryInfoSchema, value: retryInfo(error) }] : []),
  ];
}

function retryInfo({ retryAfterSeconds }: TooManyRequests) {
  return { retryDelay: { seconds: BigInt(retryAfterSeconds) } };
}

/**
 * Makes the guard that lets nothing out but ConnectErrors. An unexpected error is logged with its cause and a request
 * id; the caller gets INTERNAL with that id and nothing else. `label` adds to the metadata of every error.
 */
export function errorGuard(logger: Pick<Logger, "error">, label: (error: ConnectError) => void = () => {}): Guard {
  const say = (method: DescMethod, error: unknown, context: HandlerContext): ConnectError => {
    const given = givenRequestId(requestHeader(context, requestIdKey));
    const requestId = given ?? randomUUID();
    if (error instanceof DomainError && error.cause !== undefined && !(error.cause instanceof ConnectError)) {
      // A refusal that has a cause in here is for the operator, too: a disk that is full, for one.
      logger.error({ err: error.cause, requestId, procedure: nameOf(method) }, error.message);
    }
    const told = expected(error, context.signal) ?? unexpected(logger, method, error, requestId);
    if (given === undefined && !told.metadata.has(requestIdKey)) {
      // The client's own id is on every answer already.
      told.metadata.set(requestIdKey, requestId);
    }
    label(told);
    return told;
  };
  return {
    single(method, next) {
      return (input, context) => {
        const refuse = (error: unknown): never => {
          throw say(method, error, context);
        };
        try {
          const answer = next(input, context);
          return answer instanceof Promise ? answer.catch(refuse) : answer;
        } catch (error) {
          return refuse(error);
        }
      };
    },
    stream(method, next) {
      return (input, context) => {
        const refuse = (error: unknown): never => {
          throw say(method, error, context);
        };
        return new RefusingStream(() => next(input, context), refuse);
      };
    },
  };
}

/** What a caller is told of an error that is meant for it; undefined for every other one. */
export function refusalOf(error: unknown): ConnectError | undefined {
  if (error instanceof ConnectError) {
    return error;
  }
  return error instanceof DomainError ? connectErrorOf(error) : undefined;
}

function expected(error: unknown, signal: AbortSignal): ConnectError | undefined {
  const isAbort = error instanceof Error && error.name === "AbortError";
  if (signal.aborted && (isAbort || error === signal.reason)) {
    // The client left, its deadline passed or the server shuts down: nothing went wrong in here.
    return copyOf(ConnectError.from(signal.reason));
  }
  return refusalOf(error);
}

/** Calls that end for one reason share it, but each tells it with metadata of its own. */
function copyOf({ rawMessage, code, metadata, details, cause }: ConnectError): ConnectError {
  const copy = new ConnectError(rawMessage, code, metadata, undefined, cause);
  copy.details = details;
  return copy;
}

function unexpected(
  logger: Pick<Logger, "error">,
  method: DescMethod,
  error: unknown,
  requestId: string,
): ConnectError {
  logger.error({ err: error, requestId, procedure: nameOf(method) }, "unexpected error");
  return new ConnectError(`internal error (request id ${requestId})`, Code.Internal);
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
