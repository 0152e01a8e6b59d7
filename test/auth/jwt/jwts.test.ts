import { createPublicKey } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import { findKeyIn } from "../../../src/auth/jwt/jwt-keys.ts";
import { JwtKeyFileError, type JwtOptions } from "../../../src/auth/jwt/jwt-options.ts";
import { Jwts } from "../../../src/auth/jwt/jwts.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { Issuer, type SigningKey, signingKey } from "./issuer.ts";

const claims = { role: "role", orgs: "orgs", features: "features", name: "sub" };
const viewer: JWTPayload = { role: "viewer", orgs: "*" };

function jwtsOf(issuer: Issuer, given: Partial<JwtOptions> = {}) {
  const state = { now: Date.now(), complaints: [] as string[] };
  const options = { issuer: issuer.url, audiences: ["other", issuer.audience], keys: undefined, claims, ...given };
  const onBadFile = (error: Error) => void state.complaints.push(error.message);
  const jwts = new Jwts(options, findKeyIn(options, { onBadFile, patienceMs: 0 }), () => state.now);
  const prove = async (text: string) => jwts.proveJwt(text);
  return { jwts, prove, state };
}

function refusal(code: string, message: string) {
  return expect.objectContaining({ code, message: expect.stringContaining(message) });
}

test.for(["RS256", "PS384", "ES256", "ES512", "EdDSA"])("a JWT that is signed by %s is proven", async (alg) => {
  const key = await signingKey("k1", alg);
  const issuer = await Issuer.start(key);
  const { prove } = jwtsOf(issuer);
  expect(await prove(await issuer.sign(key, viewer))).toMatchObject({ identity: { name: "ada", role: "viewer" } });
});

test("what is proven is known without a promise, for five minutes and no longer than it lasts", async () => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const { jwts, prove, state } = jwtsOf(issuer);
  const text = await issuer.sign(key, viewer);
  const proof = await prove(text);
  expect(jwts.proveJwt(text)).toBe(proof);
  state.now += 5 * 60_000 - 1;
  expect(jwts.proveJwt(text)).toBe(proof);
  expect(proof.holds(state.now)).toBe(true);
  state.now += 1;
  expect(proof.holds(state.now)).toBe(false);
  expect(await jwts.proveJwt(text)).not.toBe(proof);
  state.now += 3_600_000;
  await expect(prove(text)).rejects.toThrow("the JWT has expired");
});

test("the issuer is asked where its keys are once, and for keys once", async () => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const { prove } = jwtsOf(issuer);
  const texts = await Promise.all(["ada", "bob", "eve"].map((sub) => issuer.sign(key, { ...viewer, sub })));
  const names = (await Promise.all(texts.map(prove))).map(({ identity }) => identity.name);
  expect(names).toEqual(["ada", "bob", "eve"]);
  expect(issuer.asked).toEqual(["/realm/.well-known/openid-configuration", "/realm/keys"]);
});

test("a key that is new is found, and one that is gone counts no longer", async () => {
  const [first, second] = [await signingKey("k1"), await signingKey("k2")];
  const issuer = await Issuer.start(first);
  const { prove, state } = jwtsOf(issuer, { keys: new URL(`${issuer.url}/keys`) });
  const byFirst = await issuer.sign(first, viewer);
  const bySecond = await issuer.sign(second, viewer);
  await prove(byFirst);
  await expect(prove(bySecond)).rejects.toEqual(
    refusal("UNAUTHENTICATED", "signed by a key that the issuer does not have"),
  );
  issuer.keys = { keys: [second.jwk] };
  state.now += 5000;
  await prove(bySecond);
  state.now += 5 * 60_000;
  await expect(prove(byFirst)).rejects.toThrow("signed by a key");
  expect(issuer.asked).not.toContain("/realm/.well-known/openid-configuration");
});

test("a file of keys is followed; one that is no good is complained of once, and the last keys count", async () => {
  const [first, second] = [await signingKey("k1"), await signingKey("k2")];
  const issuer = await Issuer.start();
  const keys = join(temporaryFolder(), "keys.json");
  const replace = (text: string) => {
    writeFileSync(`${keys}.new`, text);
    renameSync(`${keys}.new`, keys);
  };
  replace(JSON.stringify({ keys: [first.jwk] }));
  const { prove, state } = jwtsOf(issuer, { keys });
  const by = async (key: SigningKey, sub: string) => prove(await issuer.sign(key, { ...viewer, sub }));
  await by(first, "a");
  replace("{");
  await by(first, "b");
  await by(first, "c");
  expect(state.complaints).toEqual([expect.stringContaining(`the file of JWT keys ${keys} can't be used: `)]);
  replace(JSON.stringify({ keys: [second.jwk] }));
  await by(second, "d");
  await expect(by(first, "e")).rejects.toThrow("signed by a key");
  rmSync(keys);
  await by(second, "f");
  await by(second, "g");
  expect(state.complaints).toHaveLength(2);
});

test("an issuer that can't be asked makes a JWT neither good nor bad, until it can", async () => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const { prove } = jwtsOf(issuer);
  const text = await issuer.sign(key, viewer);
  issuer.keys = undefined;
  const away = refusal("UNAVAILABLE", "the keys of the issuer of JWTs can't be had now");
  await expect(prove(text)).rejects.toEqual(away);
  issuer.keys = { keys: [key.jwk] };
  issuer.configuration = { issuer: "https://elsewhere.example" };
  const other = jwtsOf(issuer);
  await expect(other.prove(text)).rejects.toEqual(away);
  issuer.configuration = { jwks_uri: 7 };
  await expect(other.prove(text)).rejects.toEqual(away);
  issuer.configuration = {};
  await Promise.all([prove(text), other.prove(text)]);
});

test("an issuer that is away is not asked by every call, and says why once", async () => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  issuer.keys = undefined;
  const keys = new URL(`${issuer.url}/keys`);
  const findKey = findKeyIn({ issuer: issuer.url, keys }, { onBadFile: () => {} });
  const jwts = new Jwts({ issuer: issuer.url, audiences: ["orgflags"], keys, claims }, findKey, Date.now);
  const text = await issuer.sign(key, viewer);
  const errors = [];
  for (let n = 0; n < 5; n++) {
    errors.push(await Promise.try(() => jwts.proveJwt(text)).catch((error: unknown) => error));
  }
  const causes = errors.map((error) => error instanceof DomainError && error.cause !== undefined);
  expect(causes).toEqual([true, false, false, false, false]);
  expect(issuer.asked).toHaveLength(1);
});

const seconds = Math.floor(Date.now() / 1000);

test.for([
  ["has expired", { exp: seconds - 6 }, "the JWT has expired"],
  ["is of another issuer", { iss: "https://elsewhere.example" }, 'the claim "iss" of the JWT is not what'],
  ["is for somebody else", { aud: "elsewhere" }, 'the claim "aud" of the JWT is not what'],
  ["is for nobody", { aud: undefined }, 'the claim "aud" of the JWT is missing'],
  ["lasts for ever", { exp: undefined }, 'the claim "exp" of the JWT is missing'],
  ["is for later", { nbf: seconds + 60 }, 'the claim "nbf" of the JWT is not what'],
] as const)("a JWT that %s is refused", async ([, given, message]) => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const { prove } = jwtsOf(issuer);
  // Claims that are undefined are left out.
  const text = await issuer.sign(key, { ...viewer, ...given } as JWTPayload);
  const refused = refusal("UNAUTHENTICATED", message);
  await expect(prove(text)).rejects.toEqual(refused);
  await expect(prove(text)).rejects.toEqual(refused);
});

test("a little after its end a JWT still counts, and a little before its beginning", async () => {
  const key = await signingKey("k1");
  const issuer = await Issuer.start(key);
  const { prove, state } = jwtsOf(issuer);
  const now = Math.floor(state.now / 1000);
  await prove(await issuer.sign(key, { ...viewer, exp: now - 3 }));
  await prove(await issuer.sign(key, { ...viewer, nbf: now + 3 }));
});

test("a JWT that is forged is refused, whatever it says of its algorithm", async () => {
  const key = await signingKey("k1", "RS256");
  const issuer = await Issuer.start(key);
  const { prove } = jwtsOf(issuer);
  const good = await issuer.sign(key, viewer);
  const [header, , signature] = good.split(".");
  const all = { iss: issuer.url, aud: issuer.audience, sub: "eve", role: "admin", orgs: "*", exp: seconds + 999 };
  const payload = Buffer.from(JSON.stringify(all)).toString("base64url");
  const other = await generateKeyPair("RS256");
  // The public key as a shared secret: what an algorithm that the token chooses would let in.
  const spki = createPublicKey({ key: { ...key.jwk, kty: "RSA" }, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  const forged = [
    `${header}.${payload}.${signature}`,
    `${good.slice(0, -4)}AAAA`,
    new UnsecuredJWT(all).encode(),
    await new SignJWT(all).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(Buffer.from(spki)),
    await new SignJWT(all).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(other.privateKey),
    await new SignJWT(all)
      .setProtectedHeader({ alg: "RS256", jwk: await exportJWK(other.publicKey) })
      .sign(other.privateKey),
    `${header}.${payload}.`,
    "a.b.c",
    `${good}${"A".repeat(8192)}`,
  ];
  for (const text of forged) {
    await expect(prove(text), text).rejects.toEqual(refusal("UNAUTHENTICATED", "the JWT "));
  }
  await prove(good);
});

test.for([
  ["is not there", undefined, "no such file"],
  ["is no JSON", "keys", "is not valid JSON"],
  ["is no key set", "[]", 'expected a JSON Web Key Set: {"keys":[...]}'],
  ["has a private key", '{"keys":[{"kty":"EC","d":"x"}]}', "it has a private key or a secret"],
  ["has a secret", '{"keys":[{"kty":"oct","k":"x"}]}', "it has a private key or a secret"],
] as const)("a file of keys that %s is refused in words when it is opened", ([, text, message]) => {
  const keys = join(temporaryFolder(), "keys.json");
  if (text !== undefined) {
    writeFileSync(keys, text);
  }
  const open = () => findKeyIn({ issuer: "https://x.example", keys }, { onBadFile: () => {} });
  expect(open).toThrow(JwtKeyFileError);
  expect(open).toThrow(message);
});
