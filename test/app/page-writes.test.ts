import { once } from "node:events";
import { request } from "node:http";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { procedurePath } from "../../src/rpc/procedure.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { bearer, tokenFor } from "../token-for.ts";

const page = "https://console.example";
const put = "PUT /api/v1/org-feature-flags/acme";
const on = { feature_key: "sms_reminders", enabled: true };

/** The status of a write; `fetch` would not let a test name the host. */
async function write({ url }: AppUnderTest, headers: Readonly<Record<string, string>>): Promise<number> {
  const [method, path] = put.split(" ");
  const type = { "content-type": "application/json" };
  const sent = request(url + path, { method, headers: { ...type, ...headers }, agent: false });
  sent.end(JSON.stringify(on));
  const [answer] = await once(sent, "response");
  answer.resume();
  return answer.statusCode;
}

test("with the defaults pages of others read, and do not write", async () => {
  const app = await startApp();
  const refused = await restCall(app, put, on, { origin: page });
  expect(refused).toMatchObject({
    status: 403,
    body: {
      code: Code.PermissionDenied,
      message: `pages of "${page}" may not write: --cors-origins would have to name it`,
    },
  });
  expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  expect((await restCall(app, "GET /api/v1/org-feature-flags/acme", undefined, { origin: page })).status).toBe(200);
});

test.for([
  [`https://${"a".repeat(200)}.example`, /^pages of "https:\/\/a{200}\.example" may not write/],
  [`https://${"a".repeat(12_000)}.example`, /^pages of "https:\/\/a{292}"… \(12,016 characters\) may not write/],
] as const)("an origin is said again as far as a host name goes", async ([origin, told]) => {
  const { body } = await restCall(await startApp(), put, on, { origin });
  expect(body).toMatchObject({ message: expect.stringMatching(told) });
});

test("whoever is no page writes", async () => {
  expect(await write(await startApp(), {})).toBe(200);
});

const writes = [...OrgFeatureFlagService.methods, ...FeatureService.methods, ...ChangeService.methods].filter(
  ({ idempotency }) => idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
);

test.for(writes)("no page of others calls $name", async (method) => {
  const { url } = await startApp();
  const headers = { origin: page, "content-type": "application/json" };
  const answer = await fetch(url + procedurePath(method), { method: "POST", headers, body: "{}" });
  expect(await answer.json()).toMatchObject({ code: "permission_denied" });
});

test.for([
  ["/orgflags.v1.OrgFeatureFlagService/CheckOrgFeatureFlag", { orgId: "acme", featureKey: "sms_reminders" }],
  ["/flagd.evaluation.v1.Service/ResolveAll", { context: { targetingKey: "acme" } }],
  ["/ofrep/v1/evaluate/flags", { context: { targetingKey: "acme" } }],
] as const)("pages of others read by POST %s", async ([path, body]) => {
  const { url } = await startApp();
  const headers = { origin: page, "content-type": "application/json" };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
});

test("a named page writes, and others do not", async () => {
  const app = await startApp({ corsOrigins: [page] });
  expect(await write(app, { origin: page })).toBe(200);
  expect(await write(app, { origin: "https://console.example.evil.example" })).toBe(403);
  expect(await write(app, { origin: "null" })).toBe(403);
});

test("beside * a page can be named", async () => {
  const app = await startApp({ corsOrigins: ["*", page] });
  expect(await write(app, { origin: page })).toBe(200);
  expect(await write(app, { origin: "https://other.example" })).toBe(403);
});

describe("a page of the service itself", () => {
  test("writes", async () => {
    const app = await startApp();
    expect(await write(app, { origin: app.url })).toBe(200);
    expect(await write(app, { origin: app.url, "sec-fetch-site": "same-origin" })).toBe(200);
  });

  test("writes through a proxy that ends TLS, whether that keeps the host or not", async () => {
    const app = await startApp();
    expect(await write(app, { origin: page, host: "console.example" })).toBe(200);
    expect(await write(app, { origin: page, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await write(app, { origin: page, "sec-fetch-site": "cross-site" })).toBe(403);
  });

  test("is none that came by a name which somebody pointed to this machine", async () => {
    const app = await startApp();
    expect(await write(app, { origin: "http://evil.example", host: "evil.example" })).toBe(403);
    expect(await write(app, { origin: "http://app.localhost:1", host: "app.localhost:1" })).toBe(200);
  });

  test("may come by any name where other machines reach it", async () => {
    const app = await startApp({ host: "0.0.0.0" });
    expect(await write(app, { origin: "http://flags.corp", host: "flags.corp" })).toBe(200);
  });
});

describe("credentials", () => {
  test("that are proven let any page write", async () => {
    const app = await startApp({ auth: "required" });
    const editor = bearer(tokenFor(app, "editor"));
    expect(await write(app, { origin: page, ...editor })).toBe(200);
    expect(await write(app, { origin: page })).toBe(401);
  });

  test("that nobody looks at do not", async () => {
    const app = await startApp();
    expect(await write(app, { origin: page, ...bearer("x") })).toBe(403);
  });
});
