import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { text } from "node:stream/consumers";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { restCall } from "../rest-call.ts";
import { bearer, tokenFor } from "../token-for.ts";

// One is admitted, and the next one in some twenty minutes.
const scarce = { rateLimits: { perAddress: { perSecond: 1 / 1200, burst: 1 } } };
const seconds = /^1200$|^119\d$/;

const transports: readonly (readonly [name: string, make: (baseUrl: string) => Transport])[] = [
  ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["Connect GET", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true })],
  ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
];

describe.each(transports)("by %s a call too many is refused", (_name, transport) => {
  test("with when to try again", async () => {
    const { url } = await startApp(scarce);
    const client = createClient(OrgFeatureFlagService, transport(url));
    await client.getOrgFeatureFlags({ orgId: "acme" });
    const error = await client.getOrgFeatureFlags({ orgId: "acme" }).catch(ConnectError.from);
    expect(error).toMatchObject({
      code: Code.ResourceExhausted,
      rawMessage: expect.stringMatching(/^too many requests of this address: try again in 1\d\d\d s$/),
    });
    const { metadata, ...refused } = error as ConnectError;
    expect(metadata.get("retry-after")).toMatch(seconds);
    expect(metadata.has("orgflags-revision")).toBe(false);
    const [detail] = (error as ConnectError).findDetails(RetryInfoSchema);
    expect(String(detail?.retryDelay?.seconds)).toMatch(seconds);
    expect(refused.code).toBe(Code.ResourceExhausted);
  });

  test("also of a stream", async () => {
    const { url } = await startApp(scarce);
    const client = createClient(ChangeService, transport(url));
    await client.listChanges({});
    const watch = client.watchChanges({})[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ code: Code.ResourceExhausted });
  });
});

test("the real gRPC client gets the status and the metadata", async () => {
  const { url } = await startApp(scarce);
  const client = grpcClient(url);
  const call = () => grpcCall(client, OrgFeatureFlagService.method.getOrgFeatureFlags, { orgId: "acme" });
  await call();
  const error = await call().catch((refused) => refused);
  expect(error).toMatchObject({ code: Code.ResourceExhausted });
  expect(error.metadata.get("retry-after")).toEqual([expect.stringMatching(seconds)]);
});

const list = "GET /api/v1/org-feature-flags";
const context = { context: { targetingKey: "acme" } };

/** The answer's head alone; not every answer here is JSON. */
async function ask(app: AppUnderTest, line: string, body?: object, headers: Record<string, string> = {}) {
  const [method = "", path = ""] = line.split(" ");
  const init = body && { body: JSON.stringify(body) };
  const type = body && { "content-type": "application/json" };
  const answer = await fetch(app.url + path, { method, headers: { ...type, ...headers }, ...init });
  await answer.arrayBuffer();
  return answer;
}

test.for([
  ["a call", list, undefined],
  ["a write", "PUT /api/v1/org-feature-flags/acme", { feature_key: "sms_reminders", enabled: true }],
  ["a path that is not there", "GET /nothing", undefined],
  ["a method that is not", `PATCH ${list.split(" ")[1]}`, undefined],
  ["a body that is none", "PUT /api/v1/org-feature-flags/acme", { enabled: "maybe" }],
  ["an evaluation", "POST /ofrep/v1/evaluate/flags/sms_reminders", context],
  ["a bulk evaluation", "POST /ofrep/v1/evaluate/flags", context],
  ["a path of OFREP that is not there", "GET /ofrep/v2", undefined],
  ["a page", "GET /docs", undefined],
  ["the API document", "GET /openapi.json", undefined],
] as const)("of REST, OFREP and pages %s counts, and is refused with 429", async ([, line, body]) => {
  const counting = await startApp(scarce);
  expect((await ask(counting, line, body)).status).not.toBe(429);
  const next = await restCall(counting, list);
  expect(next.status).toBe(429);
  expect(next.headers.get("retry-after")).toMatch(seconds);
  expect(next.headers.has("orgflags-revision")).toBe(false);
  expect(next.body).toMatchObject({
    code: Code.ResourceExhausted,
    details: [
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retry_delay: expect.stringMatching(/^1\d\d\ds$/) },
    ],
  });
  const refused = await ask(counting, line, body);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toMatch(seconds);
});

test("probes and health do not count", async () => {
  const app = await startApp(scarce);
  await restCall(app, list);
  for (const path of ["/healthz", "/readyz"]) {
    expect((await restCall(app, `GET ${path}`)).status).toBe(200);
  }
  const headers = { "content-type": "application/json" };
  const health = await fetch(`${app.url}/grpc.health.v1.Health/Check`, { method: "POST", headers, body: "{}" });
  expect(health.status).toBe(200);
});

test("a refused upload leaves the connection good", async () => {
  const { url } = await startApp(scarce);
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const path = "/ofrep/v1/evaluate/flags";
  const statuses: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
    stream.end(JSON.stringify({ context: { targetingKey: "acme", pad: "x".repeat(200_000) } }));
    const [headers] = await once(stream, "response");
    statuses.push(headers[":status"]);
    await text(stream).catch(() => {});
  }
  expect(statuses).toEqual([200, 429, 429]);
});

describe("behind a proxy", () => {
  const from = (...addresses: readonly string[]) => ({ "x-forwarded-for": addresses.join(", ") });

  test("that is trusted, clients count by the addresses that it tells", async () => {
    const app = await startApp({ ...scarce, trustedProxies: ["127.0.0.1", "10.0.0.0/8"] });
    const status = async (headers: Record<string, string>) => (await ask(app, list, undefined, headers)).status;
    expect(await status(from("192.0.2.1"))).toBe(200);
    expect(await status(from("192.0.2.1"))).toBe(429);
    expect(await status(from("192.0.2.2", "10.1.1.1"))).toBe(200);
    expect(await status(from("198.51.100.1", "192.0.2.2"))).toBe(429);
    expect(await status(from("2001:db8::1"))).toBe(200);
    expect(await status(from("2001:db8::2"))).toBe(429);
    // What is no address ends the chain: the proxy before it counts itself.
    expect(await status(from("unknown"))).toBe(200);
    expect(await status({})).toBe(429);
  });

  test.for<[name: string, forms: readonly string[]]>([
    ["IPv4", ["192.0.2.1", "192.0.2.1:1234", " 192.0.2.1:65535 "]],
    ["IPv6", ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:1234"]],
    ["IPv4 in the form of IPv6", ["::ffff:192.0.2.1", "[::ffff:192.0.2.1]:1234", "192.0.2.1:9"]],
  ])("that tells ports, clients of %s count by their addresses alone", async ([, forms]) => {
    const app = await startApp({ ...scarce, trustedProxies: ["127.0.0.1"] });
    const statuses: number[] = [];
    for (const form of forms) {
      statuses.push((await ask(app, list, undefined, from(form))).status);
    }
    expect(statuses).toEqual([200, 429, 429]);
    // Nobody else counts with them, least of all the proxy.
    expect((await ask(app, list)).status).toBe(200);
  });

  test.for(["192.0.2.1:x", "192.0.2.1:", "[192.0.2.1]:9", "[2001:db8::1", "flags.example:80", "192.0.2.1:123456"])(
    "%j is no address: the proxy counts itself",
    async (text) => {
      const app = await startApp({ ...scarce, trustedProxies: ["127.0.0.1"] });
      expect((await ask(app, list, undefined, from(text))).status).toBe(200);
      expect((await ask(app, list)).status).toBe(429);
    },
  );

  test("OFREP and pages know the address, too", async () => {
    const app = await startApp({ ...scarce, trustedProxies: ["127.0.0.1"] });
    for (const line of ["GET /docs", "POST /ofrep/v1/evaluate/flags"]) {
      const body = line.startsWith("POST") ? context : undefined;
      expect((await ask(app, line, body, from(`192.0.2.${line.length}`))).status).toBe(200);
      expect((await ask(app, line, body, from(`192.0.2.${line.length}`))).status).toBe(429);
    }
  });

  test("that is not, nobody is believed", async () => {
    const app = await startApp({ ...scarce, trustedProxies: ["10.0.0.0/8"] });
    expect((await restCall(app, list, undefined, from("192.0.2.1"))).status).toBe(200);
    expect((await restCall(app, list, undefined, from("192.0.2.2"))).status).toBe(429);
  });
});

describe("of somebody who has proven a name", () => {
  const perIdentity = { perSecond: 1 / 1200, burst: 1 };

  test("what is asked counts from wherever it comes, and nobody else's", async () => {
    const app = await startApp({ auth: "required", rateLimits: { perIdentity }, trustedProxies: ["127.0.0.1"] });
    const [ada, bob] = [bearer(tokenFor(app, "viewer")), bearer(tokenFor(app, "viewer"))];
    const from = (address: string) => ({ "x-forwarded-for": address });
    expect((await restCall(app, list, undefined, { ...ada, ...from("192.0.2.1") })).status).toBe(200);
    const refused = await restCall(app, list, undefined, { ...ada, ...from("192.0.2.2") });
    expect(refused).toMatchObject({ status: 429, body: { message: expect.stringContaining("of this identity: ") } });
    expect(refused.headers.get("retry-after")).toMatch(seconds);
    expect((await restCall(app, list, undefined, { ...bob, ...from("192.0.2.1") })).status).toBe(200);
  });

  test("bad credentials count by address", async () => {
    const app = await startApp({ auth: "required", ...scarce });
    const guess = async () => (await restCall(app, list, undefined, bearer("ofl_guess"))).status;
    expect([await guess(), await guess()]).toEqual([401, 429]);
    expect((await restCall(app, list, undefined, bearer(tokenFor(app, "viewer")))).status).toBe(429);
  });

  test("where everybody has to prove one, what is refused before tells nothing of the database", async () => {
    const app = await startApp({ auth: "required" });
    for (const line of ["GET /nothing", "PATCH /api/v1/org-feature-flags"]) {
      expect((await restCall(app, line)).headers.has("orgflags-revision")).toBe(false);
    }
  });
});

test("an answer of REST that is refused before it comes to a method tells the revision", async () => {
  const app = await startApp({ demo: true });
  const { headers } = await restCall(app, list);
  const revision = headers.get("orgflags-revision");
  for (const line of ["GET /nothing", "PATCH /api/v1/org-feature-flags", "GET /api/v1/org-feature-flags?limit=x"]) {
    const refused = await restCall(app, line);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.headers.get("orgflags-revision")).toBe(revision);
  }
});

test("without a limit nothing is refused", async () => {
  const app = await startApp();
  const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await restCall(app, list)).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
});
