import { expect, test } from "vitest";
import { identityOf } from "../../../src/auth/jwt/jwt-claims.ts";
import { everything } from "../../../src/domain/access.ts";

const names = { role: "role", orgs: "orgs", features: "features", name: "sub" };
const claims = { sub: "ada", role: "editor", orgs: "*" };
const acme = new Set(["acme"]);

test.for([
  ["all organisations", {}, { name: "ada", role: "editor", scope: everything }],
  ["a list", { orgs: ["acme"] }, { scope: { orgIds: acme, featureKeys: undefined } }],
  ["a text", { orgs: " acme  globex " }, { scope: { orgIds: new Set(["acme", "globex"]) } }],
  ["no organisation at all", { orgs: [] }, { scope: { orgIds: new Set() } }],
  [
    "some features",
    { features: "sms_reminders" },
    { scope: { orgIds: undefined, featureKeys: new Set(["sms_reminders"]) } },
  ],
  ["all features", { features: "*" }, { scope: everything }],
  ["several roles", { role: ["offline_access", "viewer", "admin"] }, { role: "admin" }],
] as const)("claims of %s are read", ([, given, identity]) => {
  expect(identityOf({ ...claims, ...given }, names)).toMatchObject(identity);
});

test("claims are found by path, and a name with dots is a name", () => {
  const given = { sub: "ada", realm: { roles: ["viewer"] }, "https://x.example/orgs": "acme" };
  const found = identityOf(given, { ...names, role: "/realm/roles", orgs: "https://x.example/orgs" });
  expect(found).toMatchObject({ role: "viewer", scope: { orgIds: acme } });
});

test("where organisations are not asked for, none are read", () => {
  expect(identityOf({ ...claims, orgs: 7 }, { ...names, orgs: undefined }).scope).toBe(everything);
});

test.for([
  [{ role: undefined }, 'the claim "role" of the JWT must be viewer, editor or admin, or a list with one of them'],
  [{ role: "owner" }, 'the claim "role" of the JWT must be viewer'],
  [{ role: [] }, 'the claim "role" of the JWT must be viewer'],
  [{ orgs: undefined }, 'the claim "orgs" of the JWT is missing: the organisations, or "*" for all'],
  [{ orgs: 7 }, 'the claim "orgs" of the JWT must be a list of names, a text with spaces between them, or "*"'],
  [{ orgs: null }, 'the claim "orgs" of the JWT must be a list'],
  [{ orgs: ["acme", 7] }, 'the claim "orgs" of the JWT has something that is no text, which is no such name'],
  [{ orgs: [{ toString: 1 }] }, 'the claim "orgs" of the JWT has something that is no text, which is no such name'],
  [{ orgs: ["*"] }, 'the claim "orgs" of the JWT has "*", which is no such name'],
  [{ orgs: "acme /" }, 'the claim "orgs" of the JWT has "/", which is no such name'],
  [{ features: "A" }, 'the claim "features" of the JWT has "A", which is no such name'],
  [{ sub: undefined }, 'the claim "sub" of the JWT must be a text: the name of the actor'],
  [{ sub: "system:expiry" }, 'the claim "sub" of the JWT must not begin with "system:"'],
  [{ sub: "a\nb" }, 'the claim "sub" of the JWT must be UTF-8 text without control characters'],
  [{ sub: "" }, 'the claim "sub" of the JWT must be 1 to 256 bytes, has 0'],
] as const)("claims with %j are refused in words", ([given, message]) => {
  expect(() => identityOf({ ...claims, ...given }, names)).toThrow(
    expect.objectContaining({ code: "PERMISSION_DENIED", message: expect.stringContaining(message) }),
  );
});
