import { expect, test } from "vitest";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { bearer, only, revoke, tokenFor } from "../token-for.ts";

const bulk = "POST /ofrep/v1/evaluate/flags";
const invalid = 'Bearer realm="orgflags", error="invalid_token"';

async function bulkOf(app: AppUnderTest, token: string | undefined, orgId = "acme", headers = {}) {
  const context = { context: { targetingKey: orgId } };
  return restCall(app, bulk, context, { ...(token !== undefined && bearer(token)), ...headers });
}

/** Where a bulk answer says that events are to be had. */
function targetIn(body: Record<string, unknown>): string {
  return JSON.parse(JSON.stringify(body)).eventStreams[0].endpoint.requestUri;
}

function flagKeysIn(body: Record<string, unknown>): string[] {
  return JSON.parse(JSON.stringify(body)).flags.map(({ key }: { key: string }) => key);
}

test("evaluations take a viewer of the organisation and the feature", async () => {
  const app = await startApp({ auth: "required" });
  const one = (key: string, token?: string) =>
    restCall(app, `${bulk}/${key}`, { context: { targetingKey: "acme" } }, token === undefined ? {} : bearer(token));
  const viewer = tokenFor(app, "viewer");
  const ofAcme = tokenFor(app, "viewer", { scope: only("orgIds", "acme") });
  const ofGlobex = tokenFor(app, "viewer", { scope: only("orgIds", "globex") });
  const ofFeature = tokenFor(app, "viewer", { scope: only("featureKeys", "sms_reminders") });
  const refused = await one("sms_reminders");
  expect(refused).toMatchObject({ status: 401, body: { key: "sms_reminders", errorCode: "GENERAL" } });
  expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="orgflags"');
  expect(refused.headers.has("orgflags-revision")).toBe(false);
  const statuses = async (key: string) =>
    Promise.all([viewer, ofAcme, ofGlobex, ofFeature].map(async (token) => (await one(key, token)).status));
  expect(await statuses("sms_reminders")).toEqual([200, 200, 403, 200]);
  expect(await statuses("multi_template")).toEqual([200, 200, 403, 403]);
  // Whether there is such a feature is not told.
  expect(await statuses("nothing_such")).toEqual([404, 404, 403, 403]);
  expect((await bulkOf(app, undefined)).status).toBe(401);
  expect((await bulkOf(app, ofGlobex)).status).toBe(403);
  expect(flagKeysIn((await bulkOf(app, ofFeature)).body)).toEqual(["sms_reminders"]);
  expect((await fetch(`${app.url}/ofrep/v1/events/acme`)).status).toBe(401);
  expect((await fetch(`${app.url}/ofrep/v1/events/acme`, { headers: bearer(ofGlobex) })).status).toBe(403);
});

test("where reading is public, it takes nothing, and there are no tickets", async () => {
  const app = await startApp({ auth: "public-read" });
  const { status, body } = await bulkOf(app, undefined);
  expect(status).toBe(200);
  expect(targetIn(body)).not.toContain("ticket");
  expect((await bulkOf(app, `ofl_abcdefghij_${"a".repeat(43)}`)).status).toBe(401);
});

test("the events of an organisation are to be had by the ticket in the answer, without a header", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer", { scope: only("orgIds", "acme", "globex") });
  const target = targetIn((await bulkOf(app, token)).body);
  const open = (path: string) => fetch(app.url + path, { method: "HEAD" });
  expect((await open(target)).status).toBe(200);
  // For no other organisation, also one of the same token, and for nothing else.
  expect((await open(target.replace("/acme?", "/globex?"))).status).toBe(403);
  const ticket = new URL(target, app.url).searchParams.get("ticket") ?? "";
  const flags = "/api/v1/org-feature-flags/acme";
  expect((await fetch(app.url + flags, { headers: bearer(ticket) })).status).toBe(401);
});

test("a ticket that is forged, or whose owner was revoked, opens nothing", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer", { scope: only("orgIds", "acme") });
  const target = targetIn((await bulkOf(app, token)).body);
  const [path = "", ticket = ""] = target.split("&ticket=");
  const [text = "", signature = ""] = ticket.split(".");
  const payload = JSON.parse(Buffer.from(text, "base64url").toString());
  const other = Buffer.from(JSON.stringify({ ...payload, o: "globex" })).toString("base64url");
  for (const forged of ["", ".", text, `${text}.`, `.${signature}`, `${other}.${signature}`, `${ticket}.x`]) {
    const answer = await fetch(`${app.url}${path}&ticket=${forged}`);
    expect([forged, answer.status, answer.headers.get("www-authenticate")]).toEqual([forged, 401, invalid]);
    expect(await answer.json()).toMatchObject({ errorDetails: "the ticket is none that this service has made" });
  }
  revoke(app, token);
  expect(await (await fetch(app.url + target)).json()).toMatchObject({ errorDetails: "the token was revoked" });
});

test("a stream of events ends when the token behind its ticket is revoked", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer");
  const answer = await fetch(app.url + targetIn((await bulkOf(app, token)).body));
  expect(answer.status).toBe(200);
  revoke(app, token);
  expect(await answer.text()).toContain("retry: ");
  expect(app.complaints).toEqual([]);
});

test("a ticket of one process is taken by another one on the same database", async () => {
  const app = await startApp({ auth: "required" });
  const other = await startApp({ auth: "required", databaseFile: app.databaseFile });
  const target = targetIn((await bulkOf(app, tokenFor(app, "viewer"))).body);
  expect((await fetch(other.url + target, { method: "HEAD" })).status).toBe(200);
});

test("an answer that is held has the same ticket, and nobody else's", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer");
  const first = await bulkOf(app, token);
  const held = { "if-none-match": first.headers.get("etag") ?? "" };
  expect((await bulkOf(app, token, "acme", held)).status).toBe(304);
  expect(targetIn((await bulkOf(app, token)).body)).toBe(targetIn(first.body));
  expect((await bulkOf(app, tokenFor(app, "viewer"), "acme", held)).status).toBe(200);
});
