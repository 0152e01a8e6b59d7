import { expect, test } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { jwtOf } from "../../src/cli/jwt-settings.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import { valuesOf } from "../../src/cli/setting.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const issuer = ["--auth", "required", "--jwt-issuer", "https://login.example/realm"];
const both = [...issuer, "--jwt-audience", "orgflags"];

function jwt(...args: readonly string[]) {
  const asked = readArguments({ settings: serveSettings, operands: [] }, args, {});
  return asked.help ? expect.fail("asked for help") : jwtOf(valuesOf(serveSettings, asked.texts));
}

test("without an issuer no JSON Web Tokens count", () => {
  expect(jwt("--auth", "required")).toBeUndefined();
});

test("an issuer and whom its tokens are for are enough", () => {
  expect(jwt(...both)).toEqual({
    issuer: "https://login.example/realm",
    audiences: ["orgflags"],
    keys: undefined,
    claims: { role: "orgflags_role", orgs: "orgflags_orgs", features: "orgflags_features", name: "sub" },
  });
});

test.for([
  [["--jwt-jwks", "https://login.example/keys"], { keys: new URL("https://login.example/keys") }],
  [["--jwt-jwks", "./keys.json"], { keys: "./keys.json" }],
  [["--jwt-audience", "a, b"], { audiences: ["a", "b"] }],
  [["--jwt-orgs-claim", "none"], { claims: { orgs: undefined } }],
  [["--jwt-role-claim", "/realm_access/roles"], { claims: { role: "/realm_access/roles" } }],
  [["--jwt-name-claim", "email"], { claims: { name: "email" } }],
] as const)("%j is taken", ([args, expected]) => {
  expect(jwt(...both, ...args)).toMatchObject(expected);
});

test.for([
  [issuer, "--jwt-issuer needs --jwt-audience: tokens that the issuer made for others must not count"],
  [both.slice(2), "--jwt-issuer needs --auth public-read or --auth required: with public no token is looked at"],
  [["--jwt-audience", "x"], "--jwt-audience and --jwt-jwks can't be given without --jwt-issuer"],
  [["--jwt-jwks", "x"], "--jwt-audience and --jwt-jwks can't be given without --jwt-issuer"],
  [
    ["--jwt-issuer", "login.example"],
    "--jwt-issuer (ORGFLAGS_JWT_ISSUER) must be a URL without user and password, such as",
  ],
  [["--jwt-issuer", "ftp://x"], "--jwt-issuer (ORGFLAGS_JWT_ISSUER) must be a URL without user and password, such as"],
  [["--jwt-jwks", "https://"], "--jwt-jwks (ORGFLAGS_JWT_JWKS) must be a URL without user and password, such as"],
  [
    ["--jwt-issuer", "https://me:s3cr3t@login.example/realm"],
    '--jwt-issuer (ORGFLAGS_JWT_ISSUER) must be a URL without user and password, such as http://127.0.0.1:8080/readyz; got "https://login.example/realm"',
  ],
  [
    ["--jwt-jwks", "HTTPS://me@login.example/keys"],
    '--jwt-jwks (ORGFLAGS_JWT_JWKS) must be a URL without user and password, such as http://127.0.0.1:8080/readyz; got "HTTPS://login.example/keys"',
  ],
  [
    ["--jwt-jwks", "https://me:s3/c@r3t@"],
    '--jwt-jwks (ORGFLAGS_JWT_JWKS) must be a URL without user and password, such as http://127.0.0.1:8080/readyz; got "https://"',
  ],
  [["--jwt-role-claim="], "--jwt-role-claim (ORGFLAGS_JWT_ROLE_CLAIM) must be the name of a claim"],
] as const)("%j is refused in words", ([args, message]) => {
  expect(() => jwt(...args)).toThrow(UsageError);
  expect(() => jwt(...args)).toThrow(message);
});
