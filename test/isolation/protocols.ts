import { type DescMethod, fromJson, getOption, hasOption, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { http } from "../../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../../gen/google/api/http_pb.ts";
import type { Ask } from "./asks.ts";
import type { WireRequest } from "./exchange.ts";

/** Names and values. */
export type Headers = Readonly<Record<string, string>>;

/** Makes the requests by which a method is called with some JSON; none where the protocol can't. */
type Protocol = (method: DescMethod, request: JsonObject, headers: Headers) => readonly WireRequest[];

const json = { "content-type": "application/json" };
const compressed = { "accept-encoding": "gzip" };

/** Every way to call a method. */
const protocols: Readonly<Record<string, Protocol>> = {
  REST: (method, request, headers) =>
    rulesOf(method).map((rule) => byRule(rule, request, { ...headers, ...compressed }, "1.1")),
  "REST, Server-Sent Events": (method, request, headers) =>
    isStream(method)
      ? rulesOf(method).map((rule) => byRule(rule, request, { ...headers, accept: "text/event-stream" }, "2"))
      : [],
  "Connect JSON": (method, request, headers) => [
    isStream(method)
      ? post("1.1", method, { ...headers, "content-type": "application/connect+json" }, envelope(textOf(request)))
      : post("1.1", method, { ...headers, ...json, ...compressed }, textOf(request)),
  ],
  "Connect proto": (method, request, headers) => [
    isStream(method)
      ? post(
          "2",
          method,
          { ...headers, "content-type": "application/connect+proto" },
          envelope(binary(method, request)),
        )
      : post("2", method, { ...headers, "content-type": "application/proto" }, binary(method, request)),
  ],
  "Connect GET": (method, request, headers) => {
    const query = new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(request) });
    const hasNoEffects = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    return isStream(method) || !hasNoEffects
      ? []
      : [{ http: "1.1", method: "GET", path: `${pathOf(method)}?${query}`, headers: { ...headers, ...compressed } }];
  },
  gRPC: (method, request, headers) => {
    const own = { "content-type": "application/grpc+proto", te: "trailers", "grpc-accept-encoding": "gzip" };
    return [post("2", method, { ...headers, ...own }, envelope(binary(method, request)))];
  },
  "gRPC-Web": (method, request, headers) => {
    const own = { "content-type": "application/grpc-web+proto", "grpc-accept-encoding": "gzip" };
    return method.methodKind === "bidi_streaming"
      ? []
      : [post("1.1", method, { ...headers, ...own }, envelope(binary(method, request)))];
  },
};

/** All requests by which a method can be asked, by every protocol. */
export function requestsOf(method: DescMethod, asks: readonly Ask[], headers: Headers): readonly WireRequest[] {
  return Object.values(protocols).flatMap((protocol) =>
    asks.flatMap(({ request, headers: own }) => protocol(method, request, { ...headers, ...own })),
  );
}

function isStream({ methodKind }: DescMethod): boolean {
  return methodKind !== "unary";
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function post(version: WireRequest["http"], method: DescMethod, headers: Headers, body: Buffer): WireRequest {
  return { http: version, method: "POST", path: pathOf(method), headers, body };
}

function textOf(request: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(request));
}

function binary(method: DescMethod, request: JsonObject): Buffer {
  return Buffer.from(toBinary(method.input, fromJson(method.input, request)));
}

function envelope(payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

function rulesOf(method: DescMethod): readonly HttpRule[] {
  if (!hasOption(method, http)) {
    return [];
  }
  const rule = getOption(method, http);
  return [rule, ...rule.additionalBindings];
}

function byRule(rule: HttpRule, request: JsonObject, headers: Headers, version: WireRequest["http"]): WireRequest {
  const { pattern, body } = rule;
  const rest = { ...request };
  const template = typeof pattern.value === "string" ? pattern.value : "";
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name] ?? "");
    delete rest[name];
    return encodeURIComponent(value);
  });
  const verb = pattern.case?.toUpperCase() ?? "";
  if (body === "*") {
    return { http: version, method: verb, path, headers: { ...headers, ...json }, body: textOf(rest) };
  }
  const query = new URLSearchParams(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  return { http: version, method: verb, path: `${path}?${query}`, headers };
}
