import { Code, ConnectError } from "@connectrpc/connect";
import type { Procedure } from "../rpc/procedure.ts";
import { type AdmitCall, refusalOfCall } from "./call-admission.ts";
import type { Lane, Request } from "./exchange.ts";
import { protocolOfCall, refuseCall } from "./refused-call.ts";
import { answerJson } from "./status-answer.ts";

/** What the lane tells, and whom it asks. */
export interface UnimplementedLaneOptions {
  readonly procedures: readonly Procedure[];
  readonly admitCall?: AdmitCall | undefined;
  /** Told of each call. */
  readonly onRefusal?: ((protocol: string, code: Code) => void) | undefined;
}

/**
 * Makes the lane of calls to procedures that are not there: it tells gRPC clients, and whoever calls a method that
 * one of our services does not have, that it is UNIMPLEMENTED, each the way of its protocol.
 */
export function createUnimplementedLane({ procedures, admitCall, onRefusal }: UnimplementedLaneOptions): Lane {
  const services = new Set(procedures.map(({ method }) => method.parent.typeName));
  return (request, response, path, added) => {
    const isGrpc = isPost(request) && protocolOfCall(request) !== "connect";
    if (!isGrpc && !isOfService(path, services)) {
      return false;
    }
    const missing = new ConnectError(`there is no procedure ${path}`, Code.Unimplemented);
    const refusal = refusalOfCall(admitCall, request, path);
    onRefusal?.(protocolOfCall(request), (refusal ?? missing).code);
    if (isGrpc || refusal !== undefined) {
      refuseCall(request, response, refusal ?? missing, added);
    } else {
      // Also of a stream, and by whatever method: this is told of the path.
      answerJson(response, 404, { code: "unimplemented", message: missing.rawMessage }, added);
    }
    return true;
  };
}

function isPost({ method }: Request): boolean {
  return method === "POST";
}

/** Whether the path is that of a method, there or not; most paths have too many segments to look any further. */
function isOfService(path: string, services: ReadonlySet<string>): boolean {
  const end = path.indexOf("/", 1);
  return end === path.lastIndexOf("/") && services.has(path.slice(1, end));
}
