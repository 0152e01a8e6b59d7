import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import type { JwtOptions } from "../../src/auth/jwt/jwt-options.ts";
import { startApp } from "../app-under-test.ts";
import { Issuer, signingKey } from "../auth/jwt/issuer.ts";
import { restCall } from "../rest-call.ts";
import { bearer } from "../token-for.ts";

const flags = "/api/v1/org-feature-flags";
const on = { feature_key: "sms_reminders", enabled: true };

async function start() {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const claims = { role: "role", orgs: "orgs", features: "features", name: "sub" };
  const jwt: JwtOptions = { issuer: issuer.url, audiences: [issuer.audience], keys: undefined, claims };
  const app = await startApp({ auth: "required", jwt });
  const sign = async (given: object) => bearer(await issuer.sign(key, { role: "editor", orgs: "acme", ...given }));
  return { app, issuer, sign };
}

test("a JSON Web Token has the role and the scope of its claims, and its name is the actor", async () => {
  const { app, sign } = await start();
  const ada = await sign({ sub: "ada@example.com" });
  expect(await restCall(app, `PUT ${flags}/acme`, on, ada)).toMatchObject({ status: 200 });
  expect(await restCall(app, `PUT ${flags}/globex`, on, ada)).toMatchObject({ status: 403 });
  const { body } = await restCall(app, "GET /api/v1/changes?page_size=1", undefined, ada);
  expect(body).toMatchObject({ changes: [{ actor: "ada@example.com" }] });
  const nobody = await restCall(app, `GET ${flags}/acme`, undefined, await sign({ role: "owner" }));
  expect(nobody).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining('the claim "role" of the JWT') },
  });
  const evaluated = await restCall(app, "POST /ofrep/v1/evaluate/flags", { context: { targetingKey: "acme" } }, ada);
  expect(evaluated.status).toBe(200);
  expect((await fetch(`${app.url}/docs`, { headers: ada })).status).toBe(200);
});

test("an issuer that can't be asked is 503, is logged once, and stands in nobody's way who has a token", async () => {
  const { app, issuer, sign } = await start();
  issuer.keys = undefined;
  const headers = await sign({});
  for (let n = 0; n < 3; n++) {
    const answer = await restCall(app, `GET ${flags}/acme`, undefined, headers);
    expect(answer).toMatchObject({ status: 503, body: { code: Code.Unavailable } });
    expect(answer.headers.has("www-authenticate")).toBe(false);
  }
  expect(app.complaints).toHaveLength(1);
});

test("a stream ends when its JSON Web Token does", async () => {
  const { app, sign } = await start();
  // It counts for a moment longer than it says.
  const headers = await sign({ exp: Math.floor(Date.now() / 1000) - 3 });
  const answer = await fetch(`${app.url}/api/v1/changes:watch`, { headers });
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).trim().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
    error: { code: Code.Unauthenticated, message: "the JWT has expired" },
  });
});
