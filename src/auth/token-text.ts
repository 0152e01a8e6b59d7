import { hash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

// token = "ofl_" id "_" secret; id = 10 of a-z and 0-9; secret = 32 random bytes in base64url (RFC 4648, 5)
const form = /^ofl_([a-z0-9]{10})_([A-Za-z0-9_-]{43})$/;
const prefix = "ofl_";
const idAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
const idLength = 10;
const secretBytes = 32;

/** A token as it is handed out, and what is kept of it. */
export interface MadeToken {
  readonly id: string;
  /** What its owner sends; it can't be made again. */
  readonly text: string;
  /** SHA-256 of the secret in it. */
  readonly hash: Uint8Array;
}

/** Makes a new token. */
export function makeToken(): MadeToken {
  const id = makeTokenId();
  const secret = randomBytes(secretBytes).toString("base64url");
  return { id, text: `${prefix}${id}_${secret}`, hash: hashOf(secret) };
}

/** Makes an id by which a token can be named; it is no secret. */
export function makeTokenId(): string {
  return Array.from({ length: idLength }, () => idAlphabet[randomInt(idAlphabet.length)]).join("");
}

/** Whether a text is meant to be a token of this service. */
export function isTokenLike(text: string): boolean {
  return text.startsWith(prefix);
}

/** The parts of a token; undefined for what can be none. */
export function readTokenText(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Whether a secret is the one that was hashed; takes the same time whatever is wrong with it. */
export function isSecretOf(secret: string, kept: Uint8Array): boolean {
  const own = hashOf(secret);
  return own.length === kept.length && timingSafeEqual(own, kept);
}

function hashOf(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}
