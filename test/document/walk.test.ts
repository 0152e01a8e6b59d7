import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { type Operation, publishedOperations } from "./published-document.ts";

const base = "/api/v1/org-feature-flags";
const methods = OrgFeatureFlagService.method;

// In the order of the document.
const rpcs: readonly DescMethodUnary[] = [
  methods.listOrgFeatureFlags,
  methods.getOrgFeatureFlags,
  methods.createOrgFeatureFlag,
  methods.updateOrgFeatureFlag,
  methods.deleteOrgFeatureFlags,
  methods.checkOrgFeatureFlag,
  methods.refreshOrgFeatureFlags,
];

const operations = publishedOperations().map((operation, index) => {
  const rpc = rpcs[index];
  if (rpc === undefined) {
    throw new Error("the document has more operations than there are RPCs for");
  }
  return { operation, rpc, name: rpc.name };
});

/** A way to call an operation; it resolves with the answer in JSON with proto names. */
type Way = (url: string, operation: Operation, rpc: DescMethodUnary) => Promise<JsonValue>;

function rest(shorten: boolean): Way {
  return async (url, { method, path, request, response }) => {
    const printed = path
      .replace(":org_id", text(response, "org_id"))
      .replace(":feature_key", text(response, "feature_key"));
    const target = shorten ? printed.replace(`${base}${base}`, base) : printed;
    const body = request && { body: JSON.stringify(request), headers: { "content-type": "application/json" } };
    const answer = await fetch(url + target, { method, ...body });
    const created = method === "POST" && path.endsWith(base);
    expect(answer.status).toBe(created ? 201 : 200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("location")).toBe(created ? `${base}/org_999/driver_declarations` : null);
    return (await answer.json()) as JsonValue;
  };
}

function connect(transport: (url: string) => Transport): Way {
  return async (url, operation, rpc) => {
    const { message } = await transport(url).unary(rpc, undefined, undefined, undefined, requestOf(operation, rpc));
    return answerOf(rpc.output, message);
  };
}

const ways: Readonly<Record<string, Way>> = {
  "REST, the short path": rest(true),
  "REST, the printed path": rest(false),
  "Connect JSON, HTTP/1.1": connect((baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })),
  "Connect binary, HTTP/1.1": connect((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
  ),
  "Connect JSON by GET where it has no side effects, HTTP/2": connect((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true }),
  ),
  "gRPC, Connect's client": connect((baseUrl) => createGrpcTransport({ baseUrl })),
  "gRPC, grpc-js": async (url, operation, rpc) => {
    return answerOf(rpc.output, await grpcCall(grpcClient(url), rpc, requestOf(operation, rpc)));
  },
  "gRPC-Web binary": connect((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  "gRPC-Web JSON": connect((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false })),
  "buf curl with reflection": bufCurl(),
  "buf curl with reflection, gRPC": bufCurl("--protocol", "grpc"),
};

function bufCurl(...flags: readonly string[]): Way {
  return async (url, operation, rpc) => {
    const data = JSON.stringify(toJson(rpc.input, requestOf(operation, rpc)));
    const method = `${url}/${rpc.parent.typeName}/${rpc.name}`;
    const args = ["curl", "--http2-prior-knowledge", ...flags, "-d", data, method];
    const cwd = join(import.meta.dirname, "../..");
    const { stdout } = await promisify(execFile)("buf", args, { cwd });
    return answerOf(rpc.output, fromJson(rpc.output, JSON.parse(stdout)));
  };
}

/** The request of the document as a message: what its path and its body say. */
function requestOf({ path, request, response }: Operation, rpc: DescMethodUnary): Message {
  const inPath = ["org_id", "feature_key"].filter((name) => path.includes(`:${name}`));
  const fields = Object.fromEntries(inPath.map((name) => [name, text(response, name)]));
  return fromJson(rpc.input, { ...request, ...fields });
}

function answerOf(schema: DescMessage, message: Message): JsonValue {
  return toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true });
}

function text(example: JsonObject, name: string): string {
  return String(example[name]);
}

/** An example with what is left open: times are times, totals numbers, a list has more, and every feature is there. */
function expected(example: JsonValue): unknown {
  if (Array.isArray(example)) {
    return expect.arrayContaining(example.map(expected));
  }
  if (typeof example !== "object" || example === null) {
    return example;
  }
  return Object.fromEntries(
    Object.entries(example).map(([key, value]) => {
      if (key.endsWith("_at")) {
        return [key, expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)];
      }
      const flags = key === "flags" && { sms_reminders: false, multi_template: false };
      return [key, flags ? { ...(value as JsonObject), ...flags } : expected(value)];
    }),
  );
}

describe.each(Object.entries(ways))("%s", (_, way) => {
  test.each(operations)("answers $name as the document prints it", async ({ operation, rpc }) => {
    const { url, complaints } = await startApp({ demo: true });
    const answer = await way(url, operation, rpc);
    expect(answer).toEqual(expected(operation.response));
    // Key for key, in the printed order.
    expect(Object.keys(answer as JsonObject)).toEqual(Object.keys(operation.response));
    expect(complaints).toEqual([]);
  });
});

test("the document has the seven operations", () => {
  expect(operations.map(({ name }) => name)).toHaveLength(7);
  expect(publishedOperations()[1]?.response.flags).toEqual({
    driver_declarations: true,
    encrypted_storage: true,
    sms_reminders: false,
    multi_template: false,
  });
});

test("the list begins as the document prints it, key for key, with the documented total", async () => {
  const { url } = await startApp({ demo: true });
  const answer = await (await fetch(url + base)).text();
  const entry = '{"org_id":"org_812","feature_key":"driver_declarations","enabled":true,"updated_at":"';
  expect(answer.startsWith(`{"data":[${entry}`)).toBe(true);
  expect(answer.endsWith('],"pagination":{"page":1,"limit":20,"total":34}}')).toBe(true);
});

test("effective flags stand in the order of the catalogue, false ones too", async () => {
  const { url } = await startApp({ demo: true });
  const answer = await (await fetch(`${url}${base}/org_812`)).text();
  const flags = '{"driver_declarations":true,"encrypted_storage":true,"sms_reminders":false,"multi_template":false}';
  expect(answer.startsWith(`{"org_id":"org_812","flags":${flags},"refreshed_at":"`)).toBe(true);
});
