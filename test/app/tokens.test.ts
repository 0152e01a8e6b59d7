import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { bearer, kept, only, revoke, tokenFor } from "../token-for.ts";

const flags = "/api/v1/org-feature-flags";
const on = { feature_key: "sms_reminders", enabled: true };
const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect by HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect by HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect by GET": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};
const missing = 'Bearer realm="orgflags"';
const invalid = 'Bearer realm="orgflags", error="invalid_token"';

test.for(Object.entries(transports))("%s tells which credentials are wanted", async ([, transport]) => {
  const app = await startApp({ auth: "required" });
  const client = createClient(OrgFeatureFlagService, transport(app.url));
  const refusal = async (headers: Record<string, string>) =>
    ConnectError.from(await client.getOrgFeatureFlags({ orgId: "acme" }, { headers }).catch((error: unknown) => error));
  const nothing = await refusal({});
  expect(nothing.code).toBe(Code.Unauthenticated);
  expect(nothing.metadata.get("www-authenticate")).toBe(missing);
  expect(nothing.rawMessage).toBe("credentials are missing: send a token as Authorization: Bearer TOKEN");
  const bad = await refusal(bearer(`ofl_abcdefghij_${"a".repeat(43)}`));
  expect(bad.metadata.get("www-authenticate")).toBe(invalid);
  expect(bad.rawMessage).toBe("the token is not known");
  // How much there is in the database is nobody's business.
  expect([nothing, bad].map(({ metadata }) => metadata.get("orgflags-revision"))).toEqual([null, null]);
  expect(
    await client.getOrgFeatureFlags({ orgId: "acme" }, { headers: bearer(tokenFor(app, "viewer")) }),
  ).toBeDefined();
});

test("REST answers 401 and 403 with the same errors", async () => {
  const app = await startApp({ auth: "required" });
  const nothing = await restCall(app, `GET ${flags}/acme`);
  expect(nothing).toMatchObject({ status: 401, body: { code: Code.Unauthenticated } });
  expect(nothing.headers.get("www-authenticate")).toBe(missing);
  expect(nothing.headers.has("orgflags-revision")).toBe(false);
  const viewer = bearer(tokenFor(app, "viewer", { scope: only("orgIds", "acme") }));
  const other = await restCall(app, `GET ${flags}/globex`, undefined, viewer);
  const message = 'org_id: the organisation "globex" is not in the scope of these credentials';
  expect(other).toMatchObject({ status: 403, body: { code: Code.PermissionDenied, message } });
  expect(await restCall(app, `PUT ${flags}/acme`, on, viewer)).toMatchObject({
    status: 403,
    body: { message: "it takes the role editor, and the role of these credentials is viewer" },
  });
});

test("where reading is public, bad credentials are refused, and writing takes good ones", async () => {
  const app = await startApp({ auth: "public-read" });
  const read = async (headers = {}) => (await restCall(app, `GET ${flags}/acme`, undefined, headers)).status;
  const write = async (headers = {}) => (await restCall(app, `PUT ${flags}/acme`, on, headers)).status;
  const bad = bearer(`ofl_abcdefghij_${"a".repeat(43)}`);
  expect([await read(), await read(bad), await read(bearer(tokenFor(app, "viewer")))]).toEqual([200, 401, 200]);
  expect([await write(), await write(bad), await write(bearer(tokenFor(app, "viewer")))]).toEqual([401, 401, 403]);
  expect(await write(bearer(tokenFor(app, "editor")))).toBe(200);
});

test("where all is public, credentials are not looked at", async () => {
  const app = await startApp();
  const bad = { authorization: "Nonsense" };
  expect(await restCall(app, `PUT ${flags}/acme`, on, bad)).toMatchObject({ status: 200 });
});

test("a token that is made or revoked counts so from the next request on", async () => {
  const app = await startApp({ auth: "required" });
  const status = async (text: string) =>
    (await restCall(app, `GET ${flags}/acme/sms_reminders`, undefined, bearer(text))).status;
  const token = tokenFor(app, "viewer");
  for (let round = 0; round < 20; round++) {
    const other = tokenFor(app, "viewer");
    expect([await status(token), await status(other)]).toEqual([200, 200]);
    revoke(app, other);
    expect([await status(other), await status(token)]).toEqual([401, 200]);
  }
});

test("a token ends when its time is over", async () => {
  const app = await startApp({ auth: "required" });
  const expired = tokenFor(app, "viewer", { expiresAt: Date.now() - 1 });
  const answer = await restCall(app, `GET ${flags}/acme`, undefined, bearer(expired));
  expect(answer.status).toBe(401);
  expect(answer.body.message).toContain("the token expired at ");
});

test("when a token was last used is noted when the service stops, if not before", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer");
  const before = Date.now();
  for (let n = 0; n < 3; n++) {
    await restCall(app, `GET ${flags}/acme`, undefined, bearer(token));
  }
  await app.app.close();
  expect(kept(app, token)?.lastUsedAt).toBeGreaterThanOrEqual(before);
});

test("changes are made under the name of the token; only an admin acts as another", async () => {
  const app = await startApp({ auth: "required" });
  const editor = bearer(tokenFor(app, "editor", { name: "deploy bot" }));
  const admin = bearer(tokenFor(app, "admin", { name: "root" }));
  const put = (enabled: boolean, headers: Record<string, string>) =>
    restCall(app, `PUT ${flags}/acme`, { ...on, enabled }, headers);
  expect(await put(true, { ...editor, "orgflags-reason": "why" })).toMatchObject({ status: 200 });
  expect(await put(false, { ...editor, "orgflags-actor": "deploy bot" })).toMatchObject({ status: 200 });
  expect(await put(true, { ...editor, "orgflags-actor": "ada" })).toMatchObject({ status: 403 });
  expect(await put(true, { ...admin, "orgflags-actor": "ada" })).toMatchObject({ status: 200 });
  expect(await put(false, admin)).toMatchObject({ status: 200 });
  const { body } = await restCall(app, "GET /api/v1/changes?org_id=acme&min_revision=5", undefined, admin);
  expect(body.changes).toMatchObject(["root", "ada", "deploy bot", "deploy bot"].map((actor) => ({ actor })));
});

test("a change of a feature is undone by an admin of all organisations alone", async () => {
  const app = await startApp({ auth: "required" });
  const admin = bearer(tokenFor(app, "admin"));
  await restCall(app, "PATCH /api/v1/features/sms_reminders", { description: "new" }, admin);
  await restCall(app, `PUT ${flags}/acme`, on, admin);
  const status = async (revision: number, headers: Record<string, string>) =>
    (await restCall(app, `POST /api/v1/changes/${revision}:revert`, {}, headers)).status;
  const editor = bearer(tokenFor(app, "editor"));
  const ofAcme = bearer(tokenFor(app, "admin", { scope: only("orgIds", "acme") }));
  expect([await status(5, editor), await status(5, ofAcme)]).toEqual([403, 403]);
  expect([await status(6, editor), await status(5, admin), await status(99, editor)]).toEqual([200, 200, 404]);
});

test.for(Object.entries(transports).filter(([name]) => name !== "Connect by GET"))(
  "%s: a stream ends when its token is revoked, and no change after that comes by it",
  async ([, transport]) => {
    const app = await startApp({ auth: "required" });
    const admin = bearer(tokenFor(app, "admin"));
    const token = tokenFor(app, "viewer");
    const client = createClient(ChangeService, transport(app.url));
    const seen: bigint[] = [];
    const watch = async () => {
      for await (const { revision } of client.watchChanges({ fromRevision: 4n }, { headers: bearer(token) })) {
        seen.push(revision);
        if (revision === 5n) {
          // Nothing is waited for in between: what is committed after the revocation is what must not come.
          revoke(app, token);
          await restCall(app, `PUT ${flags}/acme`, { ...on, enabled: false }, admin);
        }
      }
    };
    const ended = watch().catch((error: unknown) => ConnectError.from(error));
    await restCall(app, `PUT ${flags}/acme`, on, admin);
    expect(await ended).toMatchObject({ code: Code.Unauthenticated, rawMessage: "the token was revoked" });
    expect(seen.filter((revision) => revision > 5n)).toEqual([]);
    expect(app.complaints).toEqual([]);
  },
);

test("a stream over REST that waits ends with an error when its token is revoked", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer");
  const answer = await fetch(`${app.url}/api/v1/changes:watch`, { headers: bearer(token) });
  expect(answer.status).toBe(200);
  revoke(app, token);
  const lines = (await answer.text()).trim().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ error: { code: Code.Unauthenticated } });
});
