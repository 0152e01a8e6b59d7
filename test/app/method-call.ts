import {
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromJson,
  getOption,
  hasOption,
  type JsonObject,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { http } from "../../gen/google/api/annotations_pb.ts";
import { restCall } from "../rest-call.ts";

type Headers = Readonly<Record<string, string>>;

/** Calls any method, and says how it went: with `ok` as soon as there is a message. */
export type Caller = (method: DescMethod, request: object, headers: Headers) => Promise<keyof typeof Code | "ok">;

/** A way to call the methods of a service; each is given what it is reached by. */
export const callers: Readonly<Record<string, (url: string) => Caller>> = {
  REST: (url) => (method, request, headers) => callByRest(url, method, request as JsonObject, headers),
  "Connect JSON": (baseUrl) => callBy(createConnectTransport({ baseUrl, httpVersion: "2" })),
  "Connect proto": (baseUrl) => callBy(createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true })),
  gRPC: (baseUrl) => callBy(createGrpcTransport({ baseUrl })),
  "gRPC-Web": (baseUrl) => callBy(createGrpcWebTransport({ baseUrl, httpVersion: "2" })),
};

/** Whether a protocol has a method: REST has those with a rule. */
export function isServedBy(protocol: string, method: DescMethod): boolean {
  return protocol !== "REST" || hasOption(method, http);
}

function callBy(transport: Transport): Caller {
  return async (method, request, headers) => {
    const ended = new AbortController();
    const message = fromJson(method.input, request as JsonObject);
    try {
      if (isUnary(method)) {
        await transport.unary(method, ended.signal, undefined, headers, message);
      } else {
        const messages = once(message);
        const { message: answers } = await transport.stream(
          streaming(method),
          ended.signal,
          undefined,
          headers,
          messages,
        );
        await answers[Symbol.asyncIterator]().next();
      }
      return "ok";
    } catch (error) {
      return nameOf(ConnectError.from(error).code);
    } finally {
      ended.abort();
    }
  };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function streaming(method: DescMethod): DescMethodStreaming {
  if (isUnary(method)) {
    throw new TypeError(`${method.toString()} is unary`);
  }
  // All kinds that are not unary, as one type.
  return method as DescMethodStreaming;
}

async function* once(message: MessageInitShape<DescMessage>) {
  yield message;
}

async function callByRest(url: string, method: DescMethod, request: JsonObject, headers: Headers) {
  const { pattern } = getOption(method, http);
  if (typeof pattern.value !== "string") {
    throw new Error(`${method.toString()} has no rule of a path`);
  }
  const rest = { ...request };
  const path = pattern.value.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name]);
    delete rest[name];
    return encodeURIComponent(value);
  });
  const verb = pattern.case?.toUpperCase() ?? "";
  if (method.methodKind !== "unary") {
    return streamByRest(`${url}${path}?${new URLSearchParams(textsOf(rest))}`, headers);
  }
  const hasBody = verb !== "GET" && verb !== "DELETE";
  const line = hasBody ? `${verb} ${path}` : `${verb} ${path}?${new URLSearchParams(textsOf(rest))}`;
  const { status, body } = await restCall({ url }, line, hasBody ? rest : undefined, headers);
  return status < 300 ? "ok" : nameOf(Number(body.code));
}

async function streamByRest(target: string, headers: Headers) {
  const ended = new AbortController();
  const answer = await fetch(target, { headers, signal: ended.signal });
  try {
    // The error of a stream that has not begun is a whole answer.
    const status: { code?: number } = answer.ok ? {} : JSON.parse(await answer.text());
    return answer.ok ? "ok" : nameOf(Number(status.code));
  } finally {
    ended.abort();
  }
}

function textsOf(fields: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

function nameOf(code: number): keyof typeof Code {
  // Numbers of the enum are the keys of its names.
  return Code[code] as keyof typeof Code;
}
