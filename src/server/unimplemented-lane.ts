import { Code } from "@connectrpc/connect";
import type { Procedure } from "../rpc/procedure.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { answerJson, setHeaders } from "./status-answer.ts";

/**
 * Makes the lane of calls to procedures that are not there: it tells gRPC clients, and whoever calls a method that
 * one of our services does not have, that it is UNIMPLEMENTED, each the way of its protocol.
 */
export function createUnimplementedLane(procedures: readonly Procedure[]): Lane {
  const services = new Set(procedures.map(({ method }) => method.parent.typeName));
  return (request, response, path, added) => {
    const type = grpcTypeOf(request);
    if (type !== undefined) {
      answerGrpc(response, type, messageOf(path), added);
    } else if (isOfService(path, services)) {
      answerJson(response, 404, { code: "unimplemented", message: messageOf(path) }, added);
    } else {
      return false;
    }
    return true;
  };
}

/** The type of a gRPC or gRPC-Web call without its parameters; undefined for anything else. */
function grpcTypeOf({ method, headers }: Request): string | undefined {
  const type = method === "POST" ? headers["content-type"] : undefined;
  return type?.startsWith("application/grpc") ? type.split(/[;\s]/, 1)[0] : undefined;
}

/** The form "Trailers-Only" of gRPC and gRPC-Web: a head that holds the status, and no body. */
function answerGrpc(response: Response, type: string, message: string, added: AddedHeaders | undefined): void {
  const status = { "grpc-status": String(Code.Unimplemented), "grpc-message": encodeURI(message) };
  // Over HTTP/2 a head that is written ahead of the end would not end the stream itself.
  setHeaders(response, { ...added, "content-type": type, ...status });
  response.end();
}

/** Whether the path is that of a method, there or not; most paths have too many segments to look any further. */
function isOfService(path: string, services: ReadonlySet<string>): boolean {
  const end = path.indexOf("/", 1);
  return end === path.lastIndexOf("/") && services.has(path.slice(1, end));
}

function messageOf(path: string): string {
  return `there is no procedure ${path}`;
}
