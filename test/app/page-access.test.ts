import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { bearer, only, revoke, tokenFor } from "../token-for.ts";

const pages = ["/docs", "/openapi.json", "/docs/page.css", "/docs/page.js", "/docs/swagger-ui-bundle.js"];
const challenge = 'Basic realm="orgflags", charset="UTF-8", Bearer realm="orgflags"';

function basic(name: string, password: string) {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

test("where credentials are required, pages ask a browser for a token as its password", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer", { scope: only("orgIds", "acme") });
  const get = (path: string, headers = {}) => fetch(app.url + path, { headers });
  for (const path of pages) {
    const refused = await get(path);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, challenge]);
    expect(await refused.json()).toMatchObject({ code: 16 });
    expect((await get(path, basic("", token))).status).toBe(200);
    expect((await get(path, basic("anybody", token))).status).toBe(200);
    expect((await get(path, bearer(token))).status).toBe(200);
  }
  const bad = await get("/docs", basic("x", "y:z"));
  expect(bad.status).toBe(401);
  expect(bad.headers.get("www-authenticate")).toBe(`${challenge}, error="invalid_token"`);
  revoke(app, token);
  expect((await get("/docs", basic("", token))).status).toBe(401);
});

test("the password of a page is none for the API, and does not ask a browser for one", async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer");
  const answer = await fetch(`${app.url}/api/v1/org-feature-flags/acme`, { headers: basic("", token) });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="orgflags", error="invalid_token"');
});

test("metrics are for who may see all there is", async () => {
  const app = await startApp({ auth: "required" });
  const status = async (headers: Record<string, string>) => (await fetch(`${app.url}/metrics`, { headers })).status;
  const ofAcme = tokenFor(app, "admin", { scope: only("orgIds", "acme") });
  const ofFeature = tokenFor(app, "admin", { scope: only("featureKeys", "sms_reminders") });
  expect([await status({}), await status(bearer(ofAcme)), await status(bearer(ofFeature))]).toEqual([401, 403, 403]);
  expect(await status(bearer(tokenFor(app, "viewer")))).toBe(200);
});

test.for(["/healthz", "/readyz"])("%s is open, and a path that is not there says nothing of what is", async (path) => {
  const app = await startApp({ auth: "required" });
  expect((await fetch(app.url + path)).status).toBe(200);
  const nowhere = await fetch(`${app.url}/nowhere`);
  expect(nowhere.status).toBe(404);
  expect(nowhere.headers.has("orgflags-revision")).toBe(false);
});

test("where reading is public, pages are, too", async () => {
  const app = await startApp({ auth: "public-read" });
  for (const path of pages) {
    expect((await fetch(app.url + path)).status).toBe(200);
  }
});

test("web pages may read which credentials are wanted", async () => {
  const app = await startApp({ auth: "required" });
  const headers = { origin: "https://app.example" };
  const answer = await fetch(`${app.url}/api/v1/org-feature-flags/acme`, { headers });
  expect(answer.headers.get("access-control-expose-headers")).toContain("www-authenticate");
});

test.for([
  ["/docs", "text/html"],
  ["/openapi.json", "application/json"],
  ["/api/v1/features", "application/json"],
  ["/api/v1/changes:watch", "application/x-ndjson"],
  ["/api/v1/changes:watch", "text/event-stream"],
  ["/ofrep/v1/events/acme", "text/event-stream"],
] as const)("what somebody with a token gets of %s as %s is kept for nobody else", async ([path, accept]) => {
  const app = await startApp({ auth: "required" });
  const leaving = new AbortController();
  const headers = { ...bearer(tokenFor(app, "admin")), accept };
  const answer = await fetch(app.url + path, { headers, signal: leaving.signal });
  leaving.abort();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("cache-control")).toBe("private, no-cache");
  expect(answer.headers.get("vary")).toMatch(/\bAuthorization\b/);
});
