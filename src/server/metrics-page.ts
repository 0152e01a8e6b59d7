import { Code } from "@connectrpc/connect";
import type { Lane } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerAllowed, answerStatus, writeHead } from "./status-answer.ts";

/** A text that is made anew for each who asks, and its media type. */
export interface MetricsText {
  readonly type: string;
  /** Rejects where it can't be had now. */
  read(): Promise<string>;
}

/** Makes the page `/metrics`; 503 where the text can't be had. */
export function createMetricsPage(text: MetricsText): PathTable {
  return new Map([["/metrics", metricsLane(text)]]);
}

function metricsLane({ type, read }: MetricsText): Lane {
  return (request, response, _path, added) => {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      answerAllowed(response, method, ["GET", "HEAD"], added);
      return true;
    }
    const answer = (text: string): void => {
      const length = String(Buffer.byteLength(text));
      writeHead(response, 200, {
        ...added,
        "content-type": type,
        "content-length": length,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      });
      response.end(method === "HEAD" ? "" : text);
    };
    const refuse = (): void =>
      answerStatus(response, 503, Code.Unavailable, "not every server process tells its metrics", added);
    read().then(answer, refuse);
    return true;
  };
}
