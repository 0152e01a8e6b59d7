import { expect, test } from "vitest";
import { AnyAuthenticator } from "../../src/auth/authenticator.ts";
import { makeToken } from "../../src/auth/token-text.ts";
import { Unauthenticated } from "../../src/rpc/unauthenticated.ts";
import { FakeTokens } from "./fake-tokens.ts";

test("a token is read once, and then known without a promise", () => {
  const tokens = new FakeTokens();
  const text = tokens.add({ role: "editor" });
  const proof = tokens.stored.proveToken(text);
  expect(proof).toMatchObject({ identity: { name: "ada", role: "editor" }, expiresAt: Number.POSITIVE_INFINITY });
  expect(tokens.stored.proveToken(text)).toBe(proof);
  expect(tokens.reads).toBe(1);
});

test.for([
  ["that is revoked", { revokedAt: 5 }, "the token was revoked"],
  ["that is expired", { expiresAt: 1_000_000 }, "the token expired at 1970-01-01T00:16:40.000Z"],
  ["of another secret", { hash: makeToken().hash }, "the token is not known"],
] as const)("a token %s is refused, and read once", ([, given, message]) => {
  const tokens = new FakeTokens();
  const text = tokens.add(given);
  expect(() => tokens.stored.proveToken(text)).toThrow(message);
  expect(() => tokens.stored.proveToken(text)).toThrow(Unauthenticated);
  expect(tokens.reads).toBe(1);
});

test("a change of any token has what is known looked up again", () => {
  const tokens = new FakeTokens();
  const text = tokens.add();
  const proof = tokens.stored.proveToken(text);
  expect(proof).not.toBeInstanceOf(Promise);
  tokens.change(text, { revokedAt: 7 });
  expect("holds" in proof && proof.holds(tokens.now)).toBe(false);
  expect(() => tokens.stored.proveToken(text)).toThrow("revoked");
  const other = makeToken().text;
  expect(() => tokens.stored.proveToken(other)).toThrow("not known");
  tokens.version += 1;
  expect(() => tokens.stored.proveToken(other)).toThrow("not known");
  expect(tokens.reads).toBe(4);
});

test("a token ends in the middle of being known", () => {
  const tokens = new FakeTokens();
  const text = tokens.add({ expiresAt: tokens.now + 10 });
  tokens.stored.proveToken(text);
  tokens.now += 9;
  tokens.stored.proveToken(text);
  tokens.now += 1;
  expect(() => tokens.stored.proveToken(text)).toThrow("expired");
});

test("a flood of tokens that are not known makes nobody forget one that is", () => {
  const tokens = new FakeTokens();
  const text = tokens.add();
  tokens.stored.proveToken(text);
  for (let n = 0; n < 30_000; n++) {
    const bad = `ofl_${String(n).padStart(10, "0")}_${"a".repeat(43)}`;
    expect(() => tokens.stored.proveToken(bad)).toThrow(Unauthenticated);
  }
  const before = tokens.reads;
  tokens.stored.proveToken(text);
  expect(tokens.reads).toBe(before);
});

test("uses are noted once a minute, together", async () => {
  const tokens = new FakeTokens();
  const [first, second] = [tokens.add(), tokens.add()];
  for (let n = 0; n < 10; n++) {
    tokens.stored.proveToken(first);
    tokens.stored.proveToken(second);
    tokens.now += 10_000;
  }
  await tokens.uses.close();
  const ids = [first, second].map((text) => text.split("_")[1]);
  expect(tokens.noted).toEqual(ids.map((id) => `${id} 1060000`));
});

test.for([
  ["shows nothing", { authorization: undefined, certificateName: undefined }, undefined],
  ["shows a certificate", { authorization: undefined, certificateName: "billing" }, "billing"],
] as const)("who %s is known by that", ([, credentials, name]) => {
  const tokens = new FakeTokens();
  tokens.add({ kind: "certificate", name: "billing", hash: undefined });
  const proof = new AnyAuthenticator({ tokens: tokens.stored }).prove(credentials);
  expect(proof instanceof Promise ? "a promise" : proof?.identity.name).toBe(name);
});

test("a token counts more than a certificate, and a bad one is refused beside a good certificate", () => {
  const tokens = new FakeTokens();
  tokens.add({ kind: "certificate", name: "billing", hash: undefined });
  const text = tokens.add({ name: "ada" });
  const prover = new AnyAuthenticator({ tokens: tokens.stored });
  const prove = (authorization: string) => prover.prove({ authorization, certificateName: "billing" });
  expect(prove(`Bearer ${text}`)).toMatchObject({ identity: { name: "ada" } });
  expect(prove(`bearer  ${text} `)).toMatchObject({ identity: { name: "ada" } });
  expect(() => prove(`Bearer ${makeToken().text}`)).toThrow("the token is not known");
});

test.for([
  ["", 'authorization: expected "Bearer" and a token'],
  ["Basic YTpi", 'authorization: expected "Bearer" and a token'],
  ["Bearer", 'authorization: expected "Bearer" and a token'],
  ["Bearer a b", 'authorization: expected "Bearer" and a token'],
  ["Bearer ofl_x", "the token is not of the form ofl_ID_SECRET"],
  ["Bearer abc", "the token is none that this service knows"],
  ["Bearer a.b.c", "the token is none that this service knows"],
] as const)("Authorization: %s is refused", ([authorization, message]) => {
  const tokens = new FakeTokens();
  const prover = new AnyAuthenticator({ tokens: tokens.stored });
  expect(() => prover.prove({ authorization, certificateName: undefined })).toThrow(message);
  expect(tokens.reads).toBe(0);
});

test("a certificate that nobody has let in is refused", () => {
  const prover = new AnyAuthenticator({ tokens: new FakeTokens().stored });
  expect(() => prover.prove({ authorization: undefined, certificateName: "x" })).toThrow(
    'the certificate "x" is not known',
  );
});
