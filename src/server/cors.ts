import { cors as connect } from "@connectrpc/connect";
import type { Lane, Request, Response } from "./exchange.ts";
import { isOrigin } from "./origin.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].join(", ");

const requestHeaders = [
  ...connect.allowedHeaders,
  "accept",
  "authorization",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "orgflags-actor",
  "orgflags-reason",
  "x-server-timeout",
].join(", ");

const exposedHeaders = [
  ...connect.exposedHeaders,
  "allow",
  "etag",
  "location",
  "orgflags-revision",
  "retry-after",
].join(", ");

const maxAgeSeconds = 7200;

/**
 * Makes the lane that lets web pages of the given origins in: answers preflights and puts headers on everything else.
 * `["*"]` admits every origin. Throws a TypeError for what is no origin (`https://app.example.com`).
 */
export function createCors(origins: readonly string[]): Lane {
  const admitted = new Set(origins.map(checked));
  const allowOrigin = (request: Request, response: Response): boolean => {
    const { origin } = request.headers;
    if (admitted.has("*")) {
      // What can be cached must be the same whoever asked first; other answers are spared the header.
      const isNeeded = origin !== undefined || request.method === "GET" || request.method === "HEAD";
      return isNeeded && allow(response, "*");
    }
    response.setHeader("vary", "Origin");
    return origin !== undefined && admitted.has(origin) && allow(response, origin);
  };
  return (request, response) => {
    const isAllowed = allowOrigin(request, response);
    if (isPreflight(request)) {
      answerPreflight(response, isAllowed);
      return true;
    }
    if (isAllowed && request.headers.origin !== undefined) {
      response.setHeader("access-control-expose-headers", exposedHeaders);
    }
    return false;
  };
}

function allow(response: Response, origin: string): true {
  response.setHeader("access-control-allow-origin", origin);
  return true;
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

function answerPreflight(response: Response, isAllowed: boolean): void {
  if (isAllowed) {
    response.setHeader("access-control-allow-methods", methods);
    response.setHeader("access-control-allow-headers", requestHeaders);
    response.setHeader("access-control-max-age", maxAgeSeconds);
  }
  response.statusCode = 204;
  response.end();
}

function checked(origin: string): string {
  if (origin !== "*" && !isOrigin(origin)) {
    throw new TypeError(`"${origin}" is no origin: give "*", or scheme, host and port as in "https://app.example.com"`);
  }
  return origin;
}
