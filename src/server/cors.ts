import type { IncomingHttpHeaders } from "node:http";
import { cors as connect } from "@connectrpc/connect";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import { isOrigin } from "./origin.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].join(", ");

const requestHeaders = [
  ...connect.allowedHeaders,
  "accept",
  "authorization",
  "flagd-selector",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "orgflags-actor",
  "orgflags-if-revision",
  "orgflags-min-revision",
  "orgflags-reason",
  "traceparent",
  "tracestate",
  "x-api-key",
  "x-request-id",
  "x-server-timeout",
].join(", ");

const exposedHeaders = [
  ...connect.exposedHeaders,
  "allow",
  "etag",
  "location",
  "orgflags-revision",
  "retry-after",
  "www-authenticate",
  "x-request-id",
].join(", ");

const maxAgeSeconds = 7200;

/** Says which headers CORS adds to the answer to a request, by its method and its headers; undefined for none. */
export type Cors = (method: string | undefined, headers: IncomingHttpHeaders) => AddedHeaders | undefined;

/** What an origin that may call is answered with. */
interface Grant {
  readonly toPreflight: AddedHeaders;
  readonly toPage: AddedHeaders;
}

/**
 * Lets web pages of the given origins in. `["*"]` admits every origin. Throws a TypeError for what is no origin
 * (`https://app.example.com`). `always` are headers that browsers get besides.
 */
export function createCors(origins: readonly string[], always: AddedHeaders = {}): Cors {
  const admitted = origins.map(checked);
  return admitted.includes("*") ? admitAll(always) : admitSome(admitted, always);
}

/** Whether a page asks by this request what it may do. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

function admitAll(always: AddedHeaders): Cors {
  const toAll = Object.freeze({ ...always, "access-control-allow-origin": "*" });
  const grant = grantTo(toAll);
  return (method, headers) => {
    if (headers.origin !== undefined) {
      return granted(grant, method, headers);
    }
    // What can be cached must be the same whoever asked first; other answers are spared the header.
    return method === "GET" || method === "HEAD" ? toAll : undefined;
  };
}

function admitSome(origins: readonly string[], always: AddedHeaders): Cors {
  const toOthers = Object.freeze({ ...always, vary: "Origin" });
  const grants = new Map(
    origins.map((origin) => [origin, grantTo({ ...toOthers, "access-control-allow-origin": origin })]),
  );
  return (method, headers) => {
    const grant = headers.origin === undefined ? undefined : grants.get(headers.origin);
    return grant === undefined ? toOthers : granted(grant, method, headers);
  };
}

function grantTo(common: AddedHeaders): Grant {
  return {
    toPreflight: Object.freeze({
      ...common,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": requestHeaders,
      "access-control-max-age": String(maxAgeSeconds),
    }),
    toPage: Object.freeze({ ...common, "access-control-expose-headers": exposedHeaders }),
  };
}

function granted(grant: Grant, method: string | undefined, headers: IncomingHttpHeaders): AddedHeaders {
  return isPreflight(method, headers) ? grant.toPreflight : grant.toPage;
}

function checked(origin: string): string {
  if (origin !== "*" && !isOrigin(origin)) {
    throw new TypeError(`"${origin}" is no origin: give "*", or scheme, host and port as in "https://app.example.com"`);
  }
  return origin;
}
