import { type ServerResponse, STATUS_CODES } from "node:http";
import { Code } from "@connectrpc/connect";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Response } from "./exchange.ts";

/** Answers with a small JSON body and no more; `added` are headers besides those of the body. */
export function answerJson(response: Response, httpStatus: number, json: object, added?: AddedHeaders): void {
  const body = JSON.stringify(json);
  const length = String(Buffer.byteLength(body));
  writeHead(response, httpStatus, { ...added, "content-type": "application/json", "content-length": length });
  response.end(body);
}

/** Answers an error as `google.rpc.Status` JSON, the form of all errors outside the RPC protocols. */
export function answerStatus(
  response: Response,
  httpStatus: number,
  code: Code,
  message: string,
  added?: AddedHeaders,
): void {
  answerJson(response, httpStatus, statusOf(code, message), added);
}

/** Answers 204, with headers and no more. */
export function answerNothing(response: Response, added: AddedHeaders | undefined): void {
  writeHead(response, 204, added ?? {});
  response.end();
}

/** Answers 405, or 204 to OPTIONS, with `Allow`: the given methods and OPTIONS, sorted. */
export function answerAllowed(
  response: Response,
  method: string | undefined,
  allowed: readonly string[],
  added: AddedHeaders | undefined,
): void {
  const headers = { ...added, allow: [...allowed, "OPTIONS"].sort().join(", ") };
  if (method === "OPTIONS") {
    answerNothing(response, headers);
  } else {
    answerStatus(response, 405, Code.Unimplemented, `method ${method} is not allowed here`, headers);
  }
}

/** Writes the head of an answer: all of its headers at once, which is how the platform takes them quickest. */
export function writeHead(response: Response, httpStatus: number, headers: AddedHeaders): void {
  // The two responses share this form of the method, but not the overloads beside it.
  (response as ServerResponse).writeHead(httpStatus, headers);
}

/** Sets headers for a head that is written later. */
export function setHeaders(response: Response, headers: AddedHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
}

/** Ends a request that went wrong in here: with 500, or cut off where an answer has begun. Never throws. */
export function answerFailure(response: Response, added?: AddedHeaders): void {
  try {
    if (!response.headersSent) {
      answerStatus(response, 500, Code.Internal, "internal error", added);
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
