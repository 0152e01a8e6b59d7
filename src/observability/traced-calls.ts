import type { DescMethod } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { requestHeader } from "../rpc/call-headers.ts";
import type { ObservedRequest } from "../rpc/call-observer.ts";
import { circumstancesOf, circumstancesOfRequest } from "./call-fields.ts";
import type { CallAttributes, TracedCall } from "./call-tracer.ts";
import { laneName, laneOf } from "./lanes.ts";

/** The names that OpenTelemetry has for the protocols; REST and OFREP are none of them. */
const rpcSystems: Readonly<Record<string, string>> = { connect: "connect_rpc", grpc: "grpc", "grpc-web": "grpc" };

/** A call of a procedure, as its span tells it. */
export function tracedCall(method: DescMethod, context: HandlerContext, input: unknown): TracedCall {
  const lane = laneName(laneOf(context.protocolName));
  const name = { service: method.parent.typeName, method: method.name };
  return {
    ...name,
    lane,
    header: (header) => requestHeader(context, header),
    attributes: () => {
      const { requestId, address, orgId, featureKey } = circumstancesOf(context, input);
      const url = lane === "rest" ? new URL(context.url) : undefined;
      return {
        ...common({ ...name, lane, requestId, address }),
        "http.request.method": context.requestMethod,
        "url.path": url?.pathname,
        "orgflags.org_id": orgId,
        "orgflags.feature_key": featureKey,
      };
    },
  };
}

/** A call of OFREP, as its span tells it. */
export function tracedRequest(operation: string, request: ObservedRequest): TracedCall {
  const name = { service: "ofrep", method: operation };
  return {
    ...name,
    lane: "ofrep",
    header: (header) => request.headers[header]?.toString(),
    attributes: () => {
      const { requestId, address } = circumstancesOfRequest(request);
      return { ...common({ ...name, lane: "ofrep", requestId, address }), "http.request.method": request.method };
    },
  };
}

interface Common {
  readonly service: string;
  readonly method: string;
  readonly lane: string;
  readonly requestId: string | undefined;
  readonly address: string;
}

function common({ service, method, lane, requestId, address }: Common): CallAttributes {
  return {
    "rpc.system": rpcSystems[lane],
    "rpc.service": service,
    "rpc.method": method,
    "orgflags.lane": lane,
    "orgflags.request_id": requestId,
    "client.address": address,
  };
}
