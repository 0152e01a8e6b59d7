import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, endStreamFlag, endStreamToJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Request, Response } from "./exchange.ts";
import { withPlainMessage } from "./grpc-message.ts";
import { answerJson, setHeaders } from "./status-answer.ts";

const envelopeHeadBytes = 5;

/** The protocol of a call by its type, as metrics name it; whatever else it is, is taken for Connect. */
export function protocolOfCall(request: Request): "grpc" | "grpc-web" | "connect" {
  const type = typeOf(request);
  if (!type.startsWith("application/grpc")) {
    return "connect";
  }
  return type.startsWith("application/grpc-web") ? "grpc-web" : "grpc";
}

/** Answers a call that is not even read, the way of its protocol. */
export function refuseCall(
  request: Request,
  response: Response,
  error: ConnectError,
  added: AddedHeaders | undefined,
): void {
  request.resume();
  const type = typeOf(request);
  if (type.startsWith("application/grpc")) {
    // The form "Trailers-Only" of gRPC and gRPC-Web: a head that holds the status, and no body. Over HTTP/2 a head that
    // is written ahead of the end would not end the stream itself.
    const status = withPlainMessage(Object.fromEntries(setTrailerStatus(new Headers(), error)));
    setHeaders(response, { ...added, "content-type": type, ...status });
    response.end();
  } else if (type.startsWith("application/connect+")) {
    setHeaders(response, { ...added, "content-type": type });
    response.end(endOfStream(error));
  } else {
    const headers = { ...added, ...Object.fromEntries(error.metadata) };
    answerJson(response, codeToHttpStatus(error.code), errorToJson(error, undefined), headers);
  }
}

/** The type of a call without its parameters; empty where it has none. */
function typeOf({ method, headers }: Request): string {
  const type = method === "POST" ? headers["content-type"] : undefined;
  return type?.split(/[;\s]/, 1)[0] ?? "";
}

/** An envelope of Connect: flags, the length in four bytes, and JSON. */
function endOfStream(error: ConnectError): Buffer {
  const json = Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, undefined)));
  const head = Buffer.alloc(envelopeHeadBytes);
  head.writeUInt8(endStreamFlag);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, json]);
}
