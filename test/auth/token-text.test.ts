import { expect, test } from "vitest";
import { isSecretOf, makeToken, readTokenText } from "../../src/auth/token-text.ts";

test("a token has an id, a secret of 32 bytes, and is no other one's", () => {
  const [first, second] = [makeToken(), makeToken()];
  expect(first.text).toMatch(/^ofl_[a-z0-9]{10}_[A-Za-z0-9_-]{43}$/);
  const { id, secret } = readTokenText(first.text) ?? expect.fail("it can't be read");
  expect(id).toBe(first.id);
  expect(first.hash).toHaveLength(32);
  expect(isSecretOf(secret, first.hash)).toBe(true);
  expect(isSecretOf(secret, second.hash)).toBe(false);
  expect(isSecretOf(secret, first.hash.subarray(1))).toBe(false);
});

test("another text for the same bytes is another secret", () => {
  const { text, hash } = makeToken();
  const { secret = "" } = readTokenText(text) ?? {};
  // The last of 43 characters has two bits more than 32 bytes take.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters[letters.indexOf(secret.at(-1) ?? "") ^ 1];
  const same = `${secret.slice(0, -1)}${last}`;
  expect(Buffer.from(same, "base64url")).toEqual(Buffer.from(secret, "base64url"));
  expect(isSecretOf(same, hash)).toBe(false);
});

test.for([
  "",
  "ofl_",
  "ofl__",
  `ofl_abcdefghij_${"a".repeat(42)}`,
  `ofl_abcdefghij_${"a".repeat(44)}`,
  `ofl_ABCDEFGHIJ_${"a".repeat(43)}`,
  `ofl_abcdefghi_${"a".repeat(43)}`,
  `xfl_abcdefghij_${"a".repeat(43)}`,
  `ofl_abcdefghij_${"a".repeat(42)}=`,
  ` ofl_abcdefghij_${"a".repeat(43)}`,
  `ofl_abcdefghij_${"a".repeat(43)}\n`,
])("%j is no token", (text) => {
  expect(readTokenText(text)).toBeUndefined();
});
