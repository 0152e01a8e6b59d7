import type { IncomingHttpHeaders } from "node:http2";
import type { Code } from "@connectrpc/connect";
import type { Logger } from "../rpc/logger.ts";
import type { Procedure } from "../rpc/procedure.ts";
import { withRequestId } from "./answer-id.ts";
import type { Burst } from "./burst.ts";
import type { AdmitCall } from "./call-admission.ts";
import type { Cors } from "./cors.ts";
import type { Lane } from "./exchange.ts";
import { type IsAllowedHost, isAuthority } from "./host.ts";
import { UnaryCall } from "./unary/call.ts";
import { connectJson, connectProto } from "./unary/connect.ts";
import { grpc } from "./unary/grpc.ts";
import { Http1Exchange } from "./unary/http1-exchange.ts";
import { Http2Exchange } from "./unary/http2-exchange.ts";
import { unaryProcedures } from "./unary/procedure.ts";
import type { UnaryProtocol } from "./unary/protocol.ts";
import type { StreamLane } from "./unary/stream-lane.ts";

export interface UnaryLaneOptions {
  readonly procedures: readonly Procedure[];
  readonly maxBodyBytes: number;
  /** Fires the signals of calls under way; it does not end them. */
  readonly shutdownSignal: AbortSignal;
  readonly cors: Cors;
  /** Without it requests may name any host. */
  readonly isAllowedHost?: IsAllowedHost | undefined;
  readonly burst: Burst;
  readonly logger: Logger;
  /** Counts calls that are refused before they come to a procedure. */
  readonly admitCall?: AdmitCall | undefined;
  /** Told of calls that are refused before they come to a procedure. */
  readonly onRefusal?: ((protocol: string, code: Code) => void) | undefined;
}

/** The lane by version of HTTP. */
export interface UnaryLane {
  /** Stands behind the check of the host and behind CORS; leaves HTTP/2 alone. */
  readonly http1: Lane;
  /** Sees to host and CORS itself. */
  readonly http2: StreamLane;
}

/**
 * Makes the lane of unary calls by gRPC and by Connect with POST whose requests are not compressed. It goes from the
 * streams of the platform to the procedure and back, without most of what connect-node makes for every call.
 */
export function createUnaryLane(options: UnaryLaneOptions): UnaryLane {
  const { cors, isAllowedHost } = options;
  const table = unaryProcedures(options.procedures, options.maxBodyBytes);

  return {
    http1(request, response, path, added) {
      if ("stream" in request || "stream" in response || request.method !== "POST" || !request.headers.host) {
        return false;
      }
      const protocol = connectOf(request.headers);
      const procedure = table.get(path);
      if (protocol === undefined || procedure === undefined) {
        return false;
      }
      const exchange = new Http1Exchange(request, response, added);
      new UnaryCall(options, procedure, protocol, request.headers, exchange).start();
      return true;
    },
    http2(stream, headers) {
      const protocol = isPlainPost(headers, isAllowedHost) ? protocolOf(headers) : undefined;
      const procedure = table.get(pathOf(headers));
      if (protocol === undefined || procedure === undefined) {
        return false;
      }
      const exchange = new Http2Exchange(stream, withRequestId(cors("POST", headers), headers));
      new UnaryCall(options, procedure, protocol, headers, exchange).start();
      return true;
    },
  };
}

function protocolOf(headers: IncomingHttpHeaders): UnaryProtocol | undefined {
  const type = headers["content-type"];
  const isGrpc = type === "application/grpc" || type === "application/grpc+proto";
  return isGrpc ? taken(grpc, headers) : connectOf(headers);
}

function connectOf(headers: IncomingHttpHeaders): UnaryProtocol | undefined {
  switch (headers["content-type"]) {
    case "application/json":
    case "application/json; charset=utf-8":
    case "application/json;charset=utf-8":
      return taken(connectJson, headers);
    case "application/proto":
      return taken(connectProto, headers);
    default:
      return undefined;
  }
}

function taken(protocol: UnaryProtocol, headers: IncomingHttpHeaders): UnaryProtocol | undefined {
  return protocol.takes(headers) ? protocol : undefined;
}

/** Whatever needs more than a look, such as a Host header beside the authority, is left to the dispatcher. */
function isPlainPost(headers: IncomingHttpHeaders, isAllowedHost: IsAllowedHost | undefined): boolean {
  const authority = headers[":authority"];
  const isPlain = headers[":method"] === "POST" && headers.host === undefined && headers.expect === undefined;
  if (!isPlain || authority === undefined || !isAuthority(authority)) {
    return false;
  }
  return isAllowedHost === undefined || isAllowedHost(authority);
}

function pathOf({ ":path": target = "" }: IncomingHttpHeaders): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}
