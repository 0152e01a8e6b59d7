import { gzipSync } from "node:zlib";
import { type DescMethod, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { Service as FlagdV1 } from "../../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as FlagdV2 } from "../../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { FlagSyncService } from "../../../gen/flagd/sync/v1/sync_pb.ts";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { Health } from "../../../gen/health/v1/health_pb.ts";
import { ChangeService } from "../../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { procedurePath } from "../../../src/rpc/procedure.ts";
import { readRules } from "../../../src/transcoding/rule.ts";
import { envelope } from "../../server/unary/wire.ts";
import type { WireRequest } from "./wire-request.ts";

/** Every procedure that there is. */
export const methods: readonly DescMethod[] = [
  OrgFeatureFlagService,
  FeatureService,
  ChangeService,
  FlagdV1,
  FlagdV2,
  FlagSyncService,
  Health,
  ServerReflection,
].flatMap((service) => service.methods);

/** One way to send a message to a method; undefined where that method can't be had so, or that message not be sent. */
type Lane = (method: DescMethod, message: Message) => WireRequest | undefined;

const isUnary = (method: DescMethod) => method.methodKind === "unary";

/** All ways, by name. */
export const lanes: Readonly<Record<string, Lane>> = {
  REST: restRequest,
  gRPC: (method, message) => grpc(method, "application/grpc", envelope(binary(method, message)), [["te", "trailers"]]),
  "gRPC, compressed": (method, message) => {
    const body = envelope(gzipSync(binary(method, message)), 1);
    return grpc(method, "application/grpc+proto", body, [["grpc-encoding", "gzip"]]);
  },
  "gRPC-Web": (method, message) => grpc(method, "application/grpc-web+proto", envelope(binary(method, message)), []),
  "gRPC, JSON": (method, message) => grpc(method, "application/grpc+json", envelope(json(method, message)), []),
  "Connect, JSON": (method, message) => {
    return isUnary(method)
      ? post(method, "application/json", json(method, message))
      : post(method, "application/connect+json", envelope(json(method, message)));
  },
  "Connect, proto": (method, message) => {
    return isUnary(method)
      ? post(method, "application/proto", binary(method, message))
      : post(method, "application/connect+proto", envelope(binary(method, message)));
  },
  "Connect, GET": (method, message) => {
    const query = `?connect=v1&encoding=json&message=${encodeURIComponent(json(method, message).toString())}`;
    return { lane: "Connect, GET", method: "GET", path: procedurePath(method) + query, headers: [], body: noBody };
  },
  OFREP: (method, message) =>
    method.parent.typeName.startsWith("flagd.evaluation.") ? ofrep(method, message) : undefined,
};

const noBody = Buffer.alloc(0);

function binary(method: DescMethod, message: Message): Buffer {
  return Buffer.from(toBinary(method.input, message));
}

function json(method: DescMethod, message: Message): Buffer {
  return Buffer.from(JSON.stringify(toJson(method.input, message)));
}

function post(method: DescMethod, type: string, body: Buffer): WireRequest {
  return { lane: type, method: "POST", path: procedurePath(method), headers: [["content-type", type]], body };
}

function grpc(
  method: DescMethod,
  type: string,
  body: Buffer,
  headers: readonly (readonly [string, string])[],
): WireRequest {
  const request = post(method, type, body);
  return { ...request, headers: [...request.headers, ...headers] };
}

/** The REST form by the first rule of a method: fields in the path, and all others in the body or the query. */
function restRequest(method: DescMethod, message: Message): WireRequest | undefined {
  const [rule] = readRules(method);
  if (rule === undefined) {
    return undefined;
  }
  // A message that is an object in JSON, as all requests here are.
  const fields = toJson(method.input, message, { useProtoFieldName: true }) as Record<string, unknown>;
  const path = rule.template.source.replaceAll(/\{(\w+)[^}]*\}/g, (_, name: string) => {
    const { [name]: value = "" } = fields;
    delete fields[name];
    return encodeURIComponent(String(value));
  });
  const headers = [["content-type", "application/json"]] as const;
  const rest = { lane: "REST", method: rule.httpMethod };
  if (rule.body !== undefined) {
    return { ...rest, path, headers, body: Buffer.from(JSON.stringify(fields)) };
  }
  const query = Object.entries(fields).flatMap(([name, value]) => parameters(name, value));
  return { ...rest, path: query.length === 0 ? path : `${path}?${query.join("&")}`, headers: [], body: noBody };
}

function parameters(name: string, value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((each) => parameters(name, each));
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([inner, each]) => parameters(`${name}.${inner}`, each));
  }
  return [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`];
}

function ofrep(method: DescMethod, message: Message): WireRequest {
  // The fields that requests of flagd's evaluation have.
  const { flagKey, context } = message as Message & { readonly flagKey?: string; readonly context?: object };
  const key = flagKey === undefined || method.name === "ResolveAll" ? "" : `/${encodeURIComponent(flagKey)}`;
  const body = Buffer.from(JSON.stringify({ context }));
  const headers = [["content-type", "application/json"]] as const;
  return { lane: "OFREP", method: "POST", path: `/ofrep/v1/evaluate/flags${key}`, headers, body };
}
