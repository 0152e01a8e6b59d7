import type { Lane } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerAllowed, answerJson } from "./status-answer.ts";

/**
 * Makes the probes: `/healthz` is 200 while the process lives, `/readyz` is 200 while it takes requests and 503 while
 * it starts or drains.
 */
export function createProbes(isReady: () => boolean): PathTable {
  return new Map([
    ["/healthz", createProbe(() => true)],
    ["/readyz", createProbe(isReady)],
  ]);
}

function createProbe(isWell: () => boolean): Lane {
  return (request, response, _path, added) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      answerAllowed(response, request.method, ["GET", "HEAD"], added);
      return true;
    }
    const headers = { ...added, "cache-control": "no-store" };
    const [status, word] = isWell() ? ([200, "ok"] as const) : ([503, "unavailable"] as const);
    answerJson(response, status, { status: word }, headers);
    return true;
  };
}
