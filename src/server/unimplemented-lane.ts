import { Code } from "@connectrpc/connect";
import type { Procedure } from "../rpc/procedure.ts";
import type { Lane, Response } from "./exchange.ts";
import { answerJson } from "./status-answer.ts";

/**
 * Makes the lane of calls to procedures that are not there: it tells gRPC clients, and whoever calls a method that
 * one of our services does not have, that it is UNIMPLEMENTED, each the way of its protocol.
 */
export function createUnimplementedLane(procedures: readonly Procedure[]): Lane {
  const services = new Set(procedures.map(({ method }) => method.parent.typeName));
  return (request, response, path) => {
    const [type = ""] = request.headers["content-type"]?.split(/[;\s]/, 1) ?? [];
    const message = `there is no procedure ${path}`;
    if (request.method === "POST" && type.startsWith("application/grpc")) {
      answerGrpc(response, type, message);
    } else if (services.has(path.slice(1, path.lastIndexOf("/")))) {
      answerJson(response, 404, { code: "unimplemented", message });
    } else {
      return false;
    }
    return true;
  };
}

/** The form "Trailers-Only" of gRPC and gRPC-Web: a head that holds the status, and no body. */
function answerGrpc(response: Response, type: string, message: string): void {
  response.statusCode = 200;
  response.setHeader("content-type", type);
  response.setHeader("grpc-status", Code.Unimplemented);
  response.setHeader("grpc-message", encodeURI(message));
  response.end();
}
