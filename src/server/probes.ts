import type { Lane } from "./exchange.ts";
import { answerAllowed, answerJson } from "./status-answer.ts";

/**
 * Makes the lane of the probes: `/healthz` is 200 while the process lives, `/readyz` is 200 while it takes requests
 * and 503 while it starts or drains.
 */
export function createProbes(isReady: () => boolean): Lane {
  return (request, response, path) => {
    if (path !== "/healthz" && path !== "/readyz") {
      return false;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      answerAllowed(response, request.method, ["GET", "HEAD"]);
      return true;
    }
    const isWell = path === "/healthz" || isReady();
    response.setHeader("cache-control", "no-store");
    answerJson(response, isWell ? 200 : 503, { status: isWell ? "ok" : "unavailable" });
    return true;
  };
}
