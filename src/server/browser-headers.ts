import type { IncomingHttpHeaders } from "node:http";
import type { AddedHeaders } from "../transcoding/transcoder.ts";

/** A year: so long browsers come back by TLS alone. */
const hstsSeconds = 31_536_000;

const plain: AddedHeaders = { "x-content-type-options": "nosniff" };

/** What everybody is told by TLS: to take an answer for what it says it is, and to come back by TLS. */
export const secureHeaders: AddedHeaders = { ...plain, "strict-transport-security": `max-age=${hstsSeconds}` };

/** Headers of answers are few objects that many answers share: so are those made of them. */
type Kept = WeakMap<AddedHeaders, AddedHeaders>;

const none: AddedHeaders = Object.freeze({});
const toBrowsers: Kept = new WeakMap();
const toKnown: Kept = new WeakMap();

/**
 * Headers of an answer with what depends on who gets it. A browser, which says that it is one, takes the answer for
 * nothing else than it says it is. What somebody with credentials gets by GET is kept for nobody else, and asked for anew.
 */
export function headersFor(
  added: AddedHeaders | undefined,
  method: string | undefined,
  headers: IncomingHttpHeaders,
): AddedHeaders | undefined {
  // Without TLS and for other names than localhost, browsers say the latter alone, and of what they show.
  const isBrowser = headers["sec-fetch-mode"] !== undefined || headers["upgrade-insecure-requests"] !== undefined;
  const toAnybody = isBrowser ? kept(toBrowsers, added, sniffless) : added;
  const isKnown = headers.authorization !== undefined && (method === "GET" || method === "HEAD");
  return isKnown ? kept(toKnown, toAnybody, forOne) : toAnybody;
}

function kept(
  known: Kept,
  added: AddedHeaders = none,
  make: (added: AddedHeaders) => AddedHeaders,
): AddedHeaders | undefined {
  const before = known.get(added);
  if (before !== undefined) {
    return before;
  }
  const made = Object.freeze(make(added));
  known.set(added, made);
  return made;
}

function sniffless(added: AddedHeaders): AddedHeaders {
  return { ...plain, ...added };
}

function forOne(added: AddedHeaders): AddedHeaders {
  const vary = added.vary === undefined ? "Authorization" : `${added.vary}, Authorization`;
  return { ...added, vary, "cache-control": "private, no-cache" };
}
