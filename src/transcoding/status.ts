import { randomUUID } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { create, type DescMessage, fromBinary, type JsonValue, type Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, RequestInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { JSON_TYPE } from "./accept.ts";
import { isIfMatchFailure } from "./if-match.ts";
import type { JsonForm } from "./json-form.ts";
import { RequestFault } from "./request-fault.ts";
import { addHeaders, type Exchange, send } from "./response.ts";

const REQUEST_ID = "x-request-id";

/** An error as the client gets it: `google.rpc.Status` in JSON, with its HTTP status and headers. */
export interface StatusAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly json: JsonValue;
}

const HTTP_STATUS: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** Turns errors into what a client may know of them. */
export class StatusForm {
  readonly #json: JsonForm;
  readonly #registry: Registry;

  constructor(json: JsonForm, registry: Registry) {
    this.#json = json;
    this.#registry = registry;
  }

  /** The answer to a `RequestFault` or a `ConnectError`; `undefined` for every other error. */
  describe(error: unknown): StatusAnswer | undefined {
    if (error instanceof RequestFault) return this.#describeFault(error);
    if (!(error instanceof ConnectError)) return undefined;
    return {
      status: isIfMatchFailure(error) ? 412 : (HTTP_STATUS[error.code] ?? 500),
      headers: error.metadata,
      json: { code: error.code, message: error.rawMessage, details: this.#describeDetails(error) },
    };
  }

  /** The answer to an error that nobody foresaw; all it tells is the id by which a log has the rest. */
  describeUnexpected(requestId: string): StatusAnswer {
    const details = [this.#json.writeAny(RequestInfoSchema, create(RequestInfoSchema, { requestId }))];
    const json = { code: Code.Internal, message: `internal error, request ${requestId}`, details };
    return { status: HTTP_STATUS[Code.Internal], headers: [[REQUEST_ID, requestId]], json };
  }

  #describeFault(fault: RequestFault): StatusAnswer {
    const fieldViolations = fault.violations.map(({ field, description }) => ({ field, description }));
    const badRequest = create(BadRequestSchema, { fieldViolations });
    const details = fieldViolations.length > 0 ? [this.#json.writeAny(BadRequestSchema, badRequest)] : [];
    const json = { code: fault.code, message: fault.message, details };
    return { status: fault.status, headers: Object.entries(fault.headers), json };
  }

  #describeDetails(error: ConnectError): JsonValue[] {
    return error.details.map((detail) => {
      if ("desc" in detail) return this.#json.writeAny(detail.desc, create(detail.desc, detail.value));
      return this.#describeBytes(this.#registry.getMessage(detail.type), detail);
    });
  }

  /** A detail of a type that nobody knows, or that is no message of its type, keeps its bytes. */
  #describeBytes(desc: DescMessage | undefined, detail: { type: string; value: Uint8Array }): JsonValue {
    try {
      if (desc !== undefined) return this.#json.writeAny(desc, fromBinary(desc, detail.value));
    } catch {
      // A detail that cannot be read must not hide the error that it belongs to.
    }
    const value = Buffer.from(detail.value).toString("base64");
    return { "@type": `type.googleapis.com/${detail.type}`, value };
  }
}

/** Sends an error, under an id; its own headers go over those that are there. */
export function sendStatus(exchange: Exchange, answer: StatusAnswer, headers: OutgoingHttpHeaders = {}): void {
  addHeaders(headers, answer.headers);
  headers["content-type"] = JSON_TYPE;
  headers[REQUEST_ID] ??= makeRequestId(exchange.request.headers[REQUEST_ID]);
  send(exchange, { status: answer.status, headers, body: JSON.stringify(answer.json) });
}

/** The id of a request, for the log and the client alike: the client's `X-Request-Id` if it is a plain one. */
export function makeRequestId(header: string | string[] | undefined): string {
  return typeof header === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID();
}
