import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { AppConfig } from "../../src/assembly/app-config.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { type Authority, createAuthority, issueForLoopback, writePair } from "../certificates.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { certificateFor } from "../token-for.ts";

interface SecureApp extends AppUnderTest {
  readonly authority: Authority;
  readonly ca: string;
}

async function startSecure(
  config: Partial<AppConfig> = {},
  clientAuth: "none" | "optional" = "none",
): Promise<SecureApp> {
  const authority = await createAuthority("test");
  const folder = temporaryFolder();
  const files = writePair(folder, await issueForLoopback(authority));
  const clientCaFile = clientAuth === "none" ? undefined : join(folder, "clients.pem");
  if (clientCaFile !== undefined) {
    writeFileSync(clientCaFile, authority.cert);
  }
  const app = await startApp({ demo: true, ...config, tls: { ...files, clientCaFile, clientAuth } });
  return { ...app, authority, ca: authority.cert };
}

type Ask = (line: string, body?: object) => Promise<{ status: number; body: string }>;

function byHttp1({ url, ca }: SecureApp): Ask {
  return async (line, body) => {
    const [method, path] = line.split(" ");
    const sent = request(url + path, { method, ca, agent: false, headers: { "content-type": "application/json" } });
    sent.end(body && JSON.stringify(body));
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode, body: await text(answer) };
  };
}

function open({ url, ca }: SecureApp): ClientHttp2Session {
  const session = connect(url, { ca });
  onTestFinished(() => session.destroy());
  return session;
}

function byHttp2(app: SecureApp): Ask {
  const session = open(app);
  return async (line, body) => {
    const [method, path] = line.split(" ");
    const stream = session.request({ ":method": method, ":path": path, "content-type": "application/json" });
    const response = once(stream, "response");
    stream.end(body && JSON.stringify(body));
    const all = await text(stream);
    return { status: (await response)[0][":status"], body: all };
  };
}

const context = { context: { targetingKey: "org_812" } };

test.for([
  ["HTTP/1.1", byHttp1],
  ["HTTP/2", byHttp2],
] as const)("REST, OFREP, pages and probes are served by %s", async ([, by]) => {
  const ask = by(await startSecure());
  const set = { feature_key: "sms_reminders", enabled: true };
  const requests: readonly (readonly [line: string, body: object | undefined, part: string])[] = [
    ["PUT /api/v1/org-feature-flags/acme", set, '"sms_reminders"'],
    ["GET /api/v1/org-feature-flags/acme", undefined, '"sms_reminders"'],
    ["POST /orgflags.v1.OrgFeatureFlagService/GetOrgFeatureFlags", { orgId: "acme" }, '"sms_reminders"'],
    ["POST /ofrep/v1/evaluate/flags", context, '"driver_declarations"'],
    ["GET /docs", undefined, "<html"],
    ["GET /openapi.json", undefined, '"openapi"'],
    ["GET /healthz", undefined, "ok"],
  ];
  for (const [line, body, part] of requests) {
    const answer = await ask(line, body);
    expect([line, answer.status]).toEqual([line, 200]);
    expect(answer.body).toContain(part);
  }
});

test.for(["/api/v1/changes:watch", "/ofrep/v1/events/acme"])(
  "events of %s come by HTTP/1.1 and HTTP/2",
  async (path) => {
    const app = await startSecure();
    const headers = { accept: "text/event-stream" };
    const http1 = request(app.url + path, { ca: app.ca, agent: false, headers }).end();
    const [answer] = await once(http1, "response");
    const stream = open(app).request({ ":path": path, ...headers });
    await once(stream, "response");
    const both = [answer, stream].map((each) => untilData(each, "sms_reminders|refetchEvaluation"));
    await byHttp2(app)("PUT /api/v1/org-feature-flags/acme", { feature_key: "sms_reminders", enabled: true });
    await Promise.all(both);
    http1.destroy();
  },
);

/** Resolves when what is read matches. */
async function untilData(readable: AsyncIterable<Buffer>, pattern: string): Promise<void> {
  let seen = "";
  for await (const chunk of readable) {
    seen += chunk;
    if (new RegExp(pattern).test(seen)) {
      return;
    }
  }
  expect.fail(`ended after ${seen}`);
}

test("a watch by the real gRPC client is ended when the service stops", async () => {
  const { app, url, ca } = await startSecure();
  const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url, nodeOptions: { ca } }));
  const events = client.watchChanges({})[Symbol.asyncIterator]();
  const first = events.next();
  const grpc = grpcClient(`https://localhost:${new URL(url).port}`, credentials.createSsl(Buffer.from(ca)));
  await grpcCall(grpc, OrgFeatureFlagService.method.getOrgFeatureFlags, { orgId: "acme" });
  expect((await first).done).toBe(false);
  const rest = (async () => {
    while (!(await events.next()).done) {
      // What is still to come before the end.
    }
  })();
  const ended = expect(rest).rejects.toMatchObject({ rawMessage: "the server is shutting down" });
  await app.close();
  await ended;
});

test("a certificate is the name that changes are made under", async () => {
  const app = await startSecure({ auth: "required" }, "optional");
  certificateFor(app, "spiffe://prod/ci", "editor");
  const pair = await app.authority.issue({ names: [{ type: "url", value: "spiffe://prod/ci" }] });
  const unknown = await app.authority.issue({ commonName: "somebody" });
  const as = (own: object) =>
    [createConnectTransport, createGrpcTransport].map((create) =>
      create({ baseUrl: app.url, httpVersion: "2", nodeOptions: { ca: app.ca, ...own } }),
    );
  for (const transport of as(pair)) {
    const flags = createClient(OrgFeatureFlagService, transport);
    await flags.updateOrgFeatureFlag({ orgId: "acme", featureKey: "sms_reminders", enabled: true });
    const { changes } = await createClient(ChangeService, transport).listChanges({ orgId: "acme", pageSize: 1 });
    expect(changes[0]?.actor).toBe("spiffe://prod/ci");
    await flags.resetOrgFeatureFlag({ orgId: "acme", featureKey: "sms_reminders" });
  }
  for (const transport of [...as({}), ...as(unknown)]) {
    const asked = createClient(OrgFeatureFlagService, transport).getOrgFeatureFlags({ orgId: "acme" });
    await expect(asked).rejects.toMatchObject({ code: 16 });
  }
});

test.for([
  ["https://flags.example", 200],
  ["http://flags.example", 403],
  ["https://evil.example", 403],
] as const)("by TLS a page of %s is answered %d where the service is flags.example", async ([origin, status]) => {
  const { url, ca } = await startSecure({ host: "0.0.0.0" });
  const path = "/api/v1/org-feature-flags/acme";
  const body = JSON.stringify({ feature_key: "sms_reminders", enabled: true });
  const said = { origin, "content-type": "application/json" };
  // The certificate is of another name.
  const servername = "localhost";
  const headers = { ...said, host: "flags.example" };
  const sent = request(url + path, { method: "PUT", ca, servername, agent: false, headers });
  const [byHttp1] = await once(sent.end(body), "response");
  byHttp1.resume();
  const session = connect(url, { ca, servername });
  onTestFinished(() => session.destroy());
  const head = { ":method": "PUT", ":path": path, ":authority": "flags.example", ...said };
  const stream = session.request(head);
  const [byHttp2] = await once(stream.end(body), "response");
  stream.resume();
  expect([byHttp1.statusCode, byHttp2[":status"]]).toEqual([status, status]);
});
