import { hash } from "node:crypto";
import type { Coding } from "./compression.ts";

const OPAQUE = /^(W\/)?"([!#-~\u0080-\u00ff]*)"$/;
const TAGS = /(?:W\/)?"([!#-~\u0080-\u00ff]*)"/g;

/** The strong entity tag of the bytes of a body. */
export function makeETag(body: string | Uint8Array): string {
  return `"${hash("sha1", body, "base64url")}"`;
}

/**
 * The entity tag of a body once it is compressed. Other bytes need another strong tag; a weak one names what all
 * encodings have in common, and stays.
 */
export function tagCoding(etag: string, coding: Coding | undefined): string {
  if (coding === undefined) return etag;
  const match = OPAQUE.exec(etag);
  if (match === null || match[1] !== undefined) return etag;
  return `"${match[2]}-${coding}"`;
}

/** Whether `If-None-Match` lists the tag; strong and weak forms of a tag are the same here (RFC 9110, 13.1.2). */
export function matchesETag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  // Most clients send the one tag that they were given.
  if (ifNoneMatch === etag) return OPAQUE.test(etag);
  const opaque = OPAQUE.exec(etag)?.[2];
  return opaque !== undefined && [...ifNoneMatch.matchAll(TAGS)].some((match) => match[1] === opaque);
}
