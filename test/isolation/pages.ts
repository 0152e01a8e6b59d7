import type { WireRequest } from "./exchange.ts";
import type { Headers } from "./protocols.ts";

const paths = [
  "/",
  "/docs",
  "/docs/",
  "/docs/page.js",
  "/docs/nothing",
  "/openapi.json",
  "/healthz",
  "/readyz",
  "/metrics",
  "/favicon.ico",
  "/api/v1/nothing",
  "/ofrep/v1/nothing",
  "/ofrep/v1/configuration",
];

/** Requests for everything that is no procedure: pages, probes, and paths that are none. */
export function pageRequests(headers: Headers): readonly WireRequest[] {
  return paths.flatMap((path) =>
    (["GET", "HEAD", "OPTIONS", "POST"] as const).map((method) => ({ http: "1.1", method, path, headers }) as const),
  );
}
