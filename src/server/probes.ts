import type { Lane } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerAllowed, answerJson } from "./status-answer.ts";

/** Says whether requests are taken; where other processes know, it says so later. */
export type Readiness = () => boolean | Promise<boolean>;

/**
 * Makes the probes: `/healthz` is 200 while the process lives, `/readyz` is 200 while it takes requests and 503 while
 * it starts or drains.
 */
export function createProbes(isReady: Readiness): PathTable {
  return new Map([
    ["/healthz", createProbe(() => true)],
    ["/readyz", createProbe(isReady)],
  ]);
}

function createProbe(isWell: Readiness): Lane {
  return (request, response, _path, added) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      answerAllowed(response, request.method, ["GET", "HEAD"], added);
      return true;
    }
    const answer = (isWellNow: boolean): void => {
      const [status, word] = isWellNow ? ([200, "ok"] as const) : ([503, "unavailable"] as const);
      answerJson(response, status, { status: word }, { ...added, "cache-control": "no-store" });
    };
    const said = isWell();
    if (typeof said === "boolean") {
      answer(said);
    } else {
      said.then(answer, () => answer(false));
    }
    return true;
  };
}
