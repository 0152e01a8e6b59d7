import { type IncomingMessage, request } from "node:http";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { evaluate, patchFeature, setFlag } from "./requests.ts";

const flags = "/ofrep/v1/evaluate/flags";
const acme = { targetingKey: "acme" };

describe("one flag", () => {
  test("is an override or a default, with its value, variant, reason and metadata", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    const override = await evaluate(app, "sms_reminders", acme);
    expect([override.status, override.body]).toEqual([
      200,
      {
        key: "sms_reminders",
        value: true,
        reason: "TARGETING_MATCH",
        variant: "on",
        metadata: { orgId: "acme", source: "override", revision: 5 },
      },
    ]);
    expect(override.headers.get("orgflags-revision")).toBe("5");
    await patchFeature(app, "multi_template", { default_enabled: true });
    expect((await evaluate(app, "multi_template", acme)).body).toEqual({
      key: "multi_template",
      value: true,
      reason: "UNKNOWN",
      variant: "on",
      metadata: { orgId: "acme", source: "default", revision: 6 },
    });
    expect((await evaluate(app, "sms_reminders", { org_id: "globex" })).body).toMatchObject({
      value: false,
      metadata: { orgId: "globex", source: "default" },
    });
  });

  test("that is archived, or whose key none can have, is not found", async () => {
    const app = await startApp();
    await patchFeature(app, "sms_reminders", { archived: true });
    for (const key of ["sms_reminders", "nothing", "No%20Key", "%2Fetc", `a${"b".repeat(3000)}`]) {
      const { status, body } = await evaluate(app, key, acme);
      expect([status, body]).toEqual([
        404,
        { key: decodeURIComponent(key), errorCode: "FLAG_NOT_FOUND", errorDetails: expect.any(String) },
      ]);
      expect(String(body.errorDetails).length).toBeLessThan(200);
    }
  });

  test.for([
    ["org-id", "globex"],
    ["targeting-key", "acme"],
  ] as const)("is that of the organisation which the setting names: %s", async ([orgFrom, orgId]) => {
    const app = await startApp({ orgFrom });
    const { body } = await evaluate(app, "sms_reminders", { targetingKey: "acme", org_id: "globex" });
    expect(body).toMatchObject({ metadata: { orgId } });
  });
});

describe("a request that can't be understood", () => {
  const cases = [
    ["nothing", undefined, "TARGETING_KEY_MISSING", "context.targetingKey: is required"],
    ["no context", "{}", "TARGETING_KEY_MISSING", "context.targetingKey: is required"],
    ["a context that is null", '{"context":null}', "TARGETING_KEY_MISSING", "context.targetingKey: is required"],
    ["a context without a key", '{"context":{"plan":"pro"}}', "TARGETING_KEY_MISSING", "context.targetingKey"],
    ["a key that is no id", '{"context":{"targetingKey":"a b"}}', "INVALID_CONTEXT", "context.targetingKey: must be"],
    ["a key that is a number", '{"context":{"targetingKey":7}}', "INVALID_CONTEXT", "context.targetingKey: must be"],
    ["a context that is a list", '{"context":["acme"]}', "INVALID_CONTEXT", "context: must be a JSON object"],
    ["a list", "[]", "PARSE_ERROR", "body: expected a JSON object"],
    ["half an object", '{"context":', "PARSE_ERROR", "body: expected JSON in UTF-8"],
    ["a thousand brackets", "[".repeat(100_000), "PARSE_ERROR", "body: expected JSON in UTF-8"],
    ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "PARSE_ERROR", "body: expected JSON in UTF-8"],
  ] as const;

  test.for(cases)("is answered with the code for it: %s", async ([, body, errorCode, details]) => {
    const app = await startApp();
    for (const path of [`${flags}/sms_reminders`, flags]) {
      const init = { method: "POST", headers: { "content-type": "application/json" }, ...(body && { body }) };
      const answer = await fetch(app.url + path, init);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errorCode, errorDetails: expect.stringContaining(details) });
      expect(answer.headers.get("orgflags-revision")).toBe("4");
    }
    expect(app.complaints).toEqual([]);
  });

  test.for([
    ["another type", "POST", flags, { "content-type": "text/xml" }, "<a/>", 415, {}],
    ["another coding", "POST", flags, { "content-encoding": "zstd" }, "{}", 415, { "accept-encoding": /gzip/ }],
    ["a method for reading", "GET", flags, {}, undefined, 405, { allow: /^POST, OPTIONS$/ }],
    ["a method for removing", "DELETE", `${flags}/sso`, {}, undefined, 405, { allow: /^POST, OPTIONS$/ }],
    ["writing to a stream", "POST", "/ofrep/v1/events/acme", {}, "{}", 405, { allow: /^GET, HEAD, OPTIONS$/ }],
    ["an escape that is none", "POST", `${flags}/%zz`, {}, "{}", 400, {}],
    ["a path of more", "POST", `${flags}/sso/more`, {}, "{}", 404, {}],
    ["the configuration, which 0.3.0 has not", "GET", "/ofrep/v1/configuration", {}, undefined, 404, {}],
    ["another version", "POST", "/ofrep/v2/evaluate/flags", {}, "{}", 404, {}],
  ] as const)("is refused with the status for it: %s", async ([, method, path, headers, body, status, expected]) => {
    const { url } = await startApp();
    const sent = { "content-type": "application/json", ...headers };
    const answer = await fetch(url + path, { method, headers: sent, ...(body !== undefined && { body }) });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errorDetails: expect.any(String) });
    for (const [name, pattern] of Object.entries(expected)) {
      expect(answer.headers.get(name)).toMatch(pattern);
    }
  });

  test("that is packed is unpacked, and bounded", async () => {
    const { url } = await startApp();
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const ask = (text: string) => fetch(`${url}${flags}`, { method: "POST", headers, body: gzipSync(text) });
    expect((await ask(JSON.stringify({ context: acme }))).status).toBe(200);
    expect((await ask(" ".repeat(5_000_000))).status).toBe(413);
  });

  test("that is too long is refused, and read to its end", async () => {
    const { url } = await startApp();
    const answer = await sent(`${url}${flags}`, " ".repeat(1024 * 1024 + 1));
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await text(answer))).toMatchObject({
      errorCode: "GENERAL",
      errorDetails: expect.stringContaining("1048576 bytes"),
    });
  });

  test("that asks what is allowed is told", async () => {
    const { url } = await startApp();
    const answer = await fetch(`${url}${flags}/sso`, { method: "OPTIONS" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
  });
});

function sent(url: string, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    request(url, { method: "POST", headers, agent: false }, resolve).once("error", reject).end(body);
  });
}

describe("all flags", () => {
  test("are those that are in effect, with a stream of events", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    await patchFeature(app, "multi_template", { archived: true });
    const { status, body, headers } = await evaluate(app, undefined, acme);
    const off = { value: false, reason: "UNKNOWN", variant: "off" };
    const metadata = (source: string) => ({ orgId: "acme", source, revision: 6 });
    expect([status, body]).toEqual([
      200,
      {
        flags: [
          { key: "driver_declarations", ...off, metadata: metadata("default") },
          { key: "encrypted_storage", ...off, metadata: metadata("default") },
          {
            key: "sms_reminders",
            value: true,
            reason: "TARGETING_MATCH",
            variant: "on",
            metadata: metadata("override"),
          },
        ],
        metadata: { orgId: "acme", revision: 6 },
        eventStreams: [
          { type: "sse", endpoint: { requestUri: "/ofrep/v1/events/acme?after=6" }, inactivityDelaySec: 120 },
        ],
      },
    ]);
    expect(headers.get("cache-control")).toBe("private, no-cache");
  });

  test("are not sent again to who holds them", async () => {
    const app = await startApp();
    const etag = (await evaluate(app, undefined, acme)).headers.get("etag") ?? "";
    const again = await evaluate(app, undefined, acme, { "if-none-match": etag });
    expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", etag]);
    await setFlag(app, "globex", "sms_reminders", true);
    expect((await evaluate(app, undefined, acme, { "if-none-match": etag })).status).toBe(304);
    await setFlag(app, "acme", "sms_reminders", true);
    const changed = await evaluate(app, undefined, acme, { "if-none-match": etag });
    expect([changed.status, changed.headers.get("etag") === etag]).toEqual([200, false]);
  });

  test("of one context are never held for another", async () => {
    const app = await startApp();
    const contexts = [
      acme,
      { targetingKey: "globex" },
      { org_id: "acme" },
      { org_id: "globex" },
      { ...acme, plan: "pro" },
    ];
    const tags = new Set<string>();
    for (const context of contexts) {
      for (const tag of tags) {
        expect((await evaluate(app, undefined, context, { "if-none-match": tag })).status).toBe(200);
      }
      tags.add((await evaluate(app, undefined, context)).headers.get("etag") ?? "");
    }
    expect(tags.size).toBe(contexts.length);
  });

  test("are packed where the client wants that, under a tag of its own", async () => {
    const app = await startApp();
    for (let number = 0; number < 20; number++) {
      await setFlag(app, "acme", `feature_${number}`, true);
    }
    const packed = await evaluate(app, undefined, acme, { "accept-encoding": "gzip" });
    const plain = await evaluate(app, undefined, acme, { "accept-encoding": "identity" });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(packed.headers.get("vary")).toContain("Accept-Encoding");
    expect(packed.body).toEqual(plain.body);
    const [packedTag, plainTag] = [packed, plain].map(({ headers }) => headers.get("etag") ?? "");
    expect(packedTag).not.toBe(plainTag);
    const held = { "if-none-match": packedTag ?? "", "accept-encoding": "gzip" };
    expect((await evaluate(app, undefined, acme, held)).status).toBe(304);
  });

  test("are as new as the change that a client was told of", async () => {
    const app = await startApp();
    const ask = (query: string) => restCall(app, `POST ${flags}?${query}`, { context: acme });
    expect((await ask("flagConfigEtag=4&flagConfigLastModified=1")).status).toBe(200);
    const late = await ask("flagConfigEtag=5");
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(late.body).toMatchObject({ errorDetails: expect.stringContaining("revision 5") });
    const bad = await ask("flagConfigEtag=abc");
    expect(bad.body).toMatchObject({ errorDetails: expect.stringContaining("flagConfigEtag: must be a revision") });
    const minimum = { "orgflags-min-revision": "4" };
    expect((await evaluate(app, "sms_reminders", acme, minimum)).status).toBe(200);
  });
});

test("a change by gRPC is in the next answer", async () => {
  const app = await startApp();
  const client = createClient(OrgFeatureFlagService, createGrpcTransport({ baseUrl: app.url }));
  for (const enabled of [true, false, true]) {
    await client.updateOrgFeatureFlag({ orgId: "acme", featureKey: "sms_reminders", enabled });
    expect((await evaluate(app, "sms_reminders", acme)).body).toMatchObject({ value: enabled });
  }
});

test("HTTP/2 has the same answers", async () => {
  const { url } = await startApp();
  const session = connect(url);
  onTestFinished(() => session.close());
  const stream = session.request({
    ":method": "POST",
    ":path": `${flags}/sms_reminders`,
    "content-type": "application/json",
  });
  stream.end(JSON.stringify({ context: acme }));
  const status = new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
  expect(await status).toBe(200);
  expect(JSON.parse(await text(stream))).toMatchObject({ key: "sms_reminders", value: false });
});

test("a failure in here says no more than an id", async () => {
  const app = await startApp();
  const { Flags } = await import("../../src/flags/flags.ts");
  const { evaluate: original } = Flags.prototype;
  onTestFinished(() => {
    Flags.prototype.evaluate = original;
  });
  Flags.prototype.evaluate = () => {
    throw new Error("a secret");
  };
  const { status, body } = await evaluate(app, "sms_reminders", acme);
  expect([status, body]).toEqual([500, { errorDetails: expect.stringMatching(/^internal error \(request id \S+\)$/) }]);
  expect(app.complaints).toEqual([
    expect.objectContaining({ err: new Error("a secret"), message: "unexpected error" }),
  ]);
});
