import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { Service as V1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as V2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { patchFeature, setFlag } from "./requests.ts";

const context = { targetingKey: "acme" };
const request = { flagKey: "sms_reminders", context };

const transports = {
  "Connect JSON": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect binary, HTTP/2": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect GET": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  "gRPC-Web": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

async function refusal(call: Promise<unknown>): Promise<{ code: Code; message: string }> {
  const error = await call.then(() => expect.fail("the call was answered"), ConnectError.from);
  return { code: error.code, message: error.rawMessage };
}

describe.for(Object.entries(transports))("by %s", ([, transport]) => {
  test("both versions resolve overrides and defaults", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    for (const service of [V1, V2] as const) {
      // Their methods are the same but for one, and so are the messages of these.
      const client = createClient(service as typeof V2, transport(app.url));
      const header = new Map<string, string | null>();
      const onHeader = (headers: Headers) => void header.set("revision", headers.get("orgflags-revision"));
      expect(await client.resolveBoolean(request, { onHeader })).toMatchObject({
        value: true,
        reason: "TARGETING_MATCH",
        variant: "on",
        metadata: { orgId: "acme", source: "override", revision: 5 },
      });
      expect(header.get("revision")).toBe("5");
      expect(await client.resolveBoolean({ ...request, context: { org_id: "globex" } })).toMatchObject({
        value: false,
        reason: "DEFAULT",
        variant: "off",
        metadata: { orgId: "globex", source: "default", revision: 4 },
      });
    }
  });

  test("a flag of another type, of no organisation, or that is not there is refused", async () => {
    const { url } = await startApp();
    for (const service of [V1, V2] as const) {
      const client = createClient(service as typeof V2, transport(url));
      const { resolveBoolean, resolveString, resolveFloat, resolveInt, resolveObject } = client;
      const others = { string: resolveString, "floating-point number": resolveFloat, integer: resolveInt };
      for (const [type, resolve] of Object.entries({ ...others, object: resolveObject })) {
        expect(await refusal(resolve(request))).toEqual({
          code: Code.InvalidArgument,
          message: `flag_key: must be a flag of type ${type}; "sms_reminders" is a boolean`,
        });
        expect(await refusal(resolve({ ...request, flagKey: "nothing" }))).toMatchObject({ code: Code.NotFound });
      }
      for (const flagKey of ["nothing", "No Key", "", "a".repeat(5000)]) {
        expect(await refusal(resolveBoolean({ ...request, flagKey }))).toMatchObject({ code: Code.NotFound });
      }
      expect(await refusal(resolveBoolean({ flagKey: "sms_reminders" }))).toEqual({
        code: Code.InvalidArgument,
        message: "context.targetingKey: is required: the org_id, or else context.org_id",
      });
      expect(await refusal(resolveBoolean({ ...request, context: { targetingKey: 7 } }))).toEqual({
        code: Code.InvalidArgument,
        message: "context.targetingKey: must be an org_id, a string; got a number",
      });
    }
  });

  test("all flags are resolved at a time", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    await patchFeature(app, "multi_template", { archived: true });
    const client = createClient(V1, transport(app.url));
    const { flags, metadata } = await client.resolveAll({ context });
    expect(Object.keys(flags).sort()).toEqual(["driver_declarations", "encrypted_storage", "sms_reminders"]);
    expect(flags.sms_reminders).toMatchObject({
      reason: "TARGETING_MATCH",
      variant: "on",
      value: { case: "boolValue", value: true },
      metadata: { orgId: "acme", source: "override", revision: 6 },
    });
    expect(flags.encrypted_storage).toMatchObject({ reason: "DEFAULT", value: { case: "boolValue", value: false } });
    expect(metadata).toEqual({ orgId: "acme", revision: 6 });
    expect(await refusal(client.resolveAll({}))).toMatchObject({ code: Code.InvalidArgument });
  });

  test("a selector names the organisation where the context has none", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    const client = createClient(V1, transport(app.url));
    const headers = { "flagd-selector": "flagSetId=acme" };
    const flagKey = "sms_reminders";
    expect(await client.resolveBoolean({ flagKey }, { headers })).toMatchObject({ value: true });
    expect(await client.resolveBoolean({ flagKey, context: { org_id: "b" } }, { headers })).toMatchObject({
      value: false,
    });
    expect((await client.resolveAll({}, { headers })).metadata).toMatchObject({ orgId: "acme" });
    expect(await refusal(client.resolveBoolean({ flagKey }, { headers: { "flagd-selector": "x" } }))).toEqual({
      code: Code.InvalidArgument,
      message: 'Flagd-Selector: must be flagSetId=ORG_ID with an org_id, or empty; got "x"',
    });
  });
});

test("the attribute counts more than the targeting key where that is set", async () => {
  const { url } = await startApp({ orgFrom: "org-id" });
  const client = createClient(V2, createGrpcTransport({ baseUrl: url }));
  const { metadata } = await client.resolveBoolean({ ...request, context: { ...context, org_id: "globex" } });
  expect(metadata).toMatchObject({ orgId: "globex" });
});

test("grpc-js reads the answer", async () => {
  const { url } = await startApp();
  const answer = await grpcCall(grpcClient(url), V2.method.resolveBoolean, request);
  expect(answer).toMatchObject({ value: false, reason: "DEFAULT", variant: "off" });
});

test("no answer is ever static", async () => {
  const app = await startApp();
  await setFlag(app, "acme", "sms_reminders", true);
  const { flags } = await createClient(V1, createGrpcTransport({ baseUrl: app.url })).resolveAll({ context });
  expect(new Set(Object.values(flags).map(({ reason }) => reason))).toEqual(new Set(["TARGETING_MATCH", "DEFAULT"]));
});
