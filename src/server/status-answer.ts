import { STATUS_CODES } from "node:http";
import { Code } from "@connectrpc/connect";
import type { Response } from "./exchange.ts";

/** Answers with a small JSON body and no more. */
export function answerJson(response: Response, httpStatus: number, json: object): void {
  const body = JSON.stringify(json);
  response.statusCode = httpStatus;
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(body);
}

/** Answers an error as `google.rpc.Status` JSON, the form of all errors outside the RPC protocols. */
export function answerStatus(response: Response, httpStatus: number, code: Code, message: string): void {
  answerJson(response, httpStatus, statusOf(code, message));
}

/** Answers 405, or 204 to OPTIONS, with `Allow`: the given methods and OPTIONS, sorted. */
export function answerAllowed(response: Response, method: string | undefined, allowed: readonly string[]): void {
  response.setHeader("allow", [...allowed, "OPTIONS"].sort().join(", "));
  if (method === "OPTIONS") {
    response.statusCode = 204;
    response.end();
  } else {
    answerStatus(response, 405, Code.Unimplemented, `method ${method} is not allowed here`);
  }
}

/** Ends a request that went wrong in here: with 500, or cut off where an answer has begun. Never throws. */
export function answerFailure(response: Response): void {
  try {
    if (!response.headersSent) {
      answerStatus(response, 500, Code.Internal, "internal error");
      return;
    }
  } catch {
    // The response is in no state to be written to: cutting it off is what is left.
  }
  response.destroy();
}

/** Answers a request with an `Expect` header that is not met. */
export function refuseExpectation(response: Response): void {
  answerStatus(response, 417, Code.InvalidArgument, "the only expectation that is met is 100-continue");
}

/** A whole HTTP/1.1 answer with a `google.rpc.Status` body, after which the connection closes. */
export function rawStatus(httpStatus: number, code: Code, message: string): string {
  const body = JSON.stringify(statusOf(code, message));
  return [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

function statusOf(code: Code, message: string): object {
  return { code, message, details: [] };
}
