import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { createAuthority, issueForLoopback, type Pair, writePair } from "../certificates.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { bearer, certificateFor, tokenFor } from "../token-for.ts";

async function start() {
  const authority = await createAuthority("a test's authority");
  const folder = temporaryFolder();
  const clientCaFile = join(folder, "ca.pem");
  writeFileSync(clientCaFile, authority.cert);
  const files = writePair(folder, await issueForLoopback(authority));
  const app = await startApp({ auth: "required", tls: { ...files, clientCaFile, clientAuth: "optional" } });
  const issue = (commonName: string) => authority.issue({ commonName });
  return { app, ca: authority.cert, issue };
}

/** Makes a REST call on a connection of its own; resolves with status and body. */
function call(
  line: string,
  {
    ca,
    pair,
    headers = {},
    body,
  }: {
    readonly ca: string;
    readonly pair?: Pair | undefined;
    readonly headers?: Record<string, string>;
    readonly body?: object;
  },
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const [method, url = ""] = line.split(" ");
  const type = body && { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, ...pair, agent: false, headers: { ...type, ...headers } });
    sent.on("error", reject);
    sent.on("response", async (response) => resolve({ status: response.statusCode, body: await text(response) }));
    sent.end(body && JSON.stringify(body));
  });
}

test("who shows a certificate that was let in has its role, and changes things by its name", async () => {
  const { app, ca, issue } = await start();
  certificateFor(app, "billing", "editor");
  const pair = await issue("billing");
  const flags = `${app.url}/api/v1/org-feature-flags/acme`;
  const body = { feature_key: "sms_reminders", enabled: true };
  expect(await call(`PUT ${flags}`, { ca, pair, body })).toMatchObject({ status: 200 });
  const changes = await call(`GET ${app.url}/api/v1/changes?page_size=1`, { ca, pair });
  expect(JSON.parse(changes.body)).toMatchObject({ changes: [{ actor: "billing" }] });
  expect((await call(`DELETE ${app.url}/api/v1/features/sms_reminders`, { ca, pair })).status).toBe(403);
  expect((await call(`GET ${flags}`, { ca })).status).toBe(401);
  const stranger = await call(`GET ${flags}`, { ca, pair: await issue("stranger") });
  expect(stranger.status).toBe(401);
  expect(stranger.body).toContain('the certificate \\"stranger\\" is not known');
  // A token counts more than what stands for the machine that sends it.
  const viewer = bearer(tokenFor(app, "viewer"));
  expect((await call(`PUT ${flags}`, { ca, pair, body, headers: viewer })).status).toBe(403);
  expect((await call(`GET ${app.url}/docs`, { ca, pair })).status).toBe(200);
  const context = { context: { targetingKey: "acme" } };
  expect((await call(`POST ${app.url}/ofrep/v1/evaluate/flags`, { ca, pair, body: context })).status).toBe(200);
});

test("a certificate is shown on every lane", async () => {
  const { app, ca, issue } = await start();
  certificateFor(app, "billing", "viewer");
  const pair = await issue("billing");
  const transports = [
    (nodeOptions: object) => createConnectTransport({ baseUrl: app.url, httpVersion: "1.1", nodeOptions }),
    (nodeOptions: object) => createConnectTransport({ baseUrl: app.url, httpVersion: "2", nodeOptions }),
    (nodeOptions: object) => createGrpcTransport({ baseUrl: app.url, nodeOptions }),
    (nodeOptions: object) => createGrpcWebTransport({ baseUrl: app.url, httpVersion: "2", nodeOptions }),
  ];
  for (const transport of transports) {
    const known = createClient(OrgFeatureFlagService, transport({ ca, ...pair }));
    expect((await known.getOrgFeatureFlags({ orgId: "acme" })).orgId).toBe("acme");
    const unknown = createClient(OrgFeatureFlagService, transport({ ca }));
    const refusal = await unknown.getOrgFeatureFlags({ orgId: "acme" }).catch((error: unknown) => error);
    expect(ConnectError.from(refusal).code).toBe(Code.Unauthenticated);
  }
});
