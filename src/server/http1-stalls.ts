import type { ServerResponse } from "node:http";
import type { Limits } from "./limits.ts";
import type { Ongoing } from "./ongoing.ts";
import { Untaken } from "./untaken.ts";

const longestSweepMs = 5000;

/**
 * Looks from time to time, until it is stopped, for answers over HTTP/1.1 that are written whole and not taken, and cuts
 * them off with their connections. One that goes on is watched by what writes it; one behind another one has its time yet
 * to come.
 */
export function watchAnswers(open: Ongoing<ServerResponse>, { stalledStreamMs }: Limits): { stop(): void } {
  const untaken = new Untaken<ServerResponse>(stalledStreamMs);
  const sweep = (): void => {
    const now = performance.now();
    for (const response of open.all) {
      const { socket, writableEnded, writableLength } = response;
      if (socket !== null && writableEnded && writableLength > 0 && untaken.isStalled(response, writableLength, now)) {
        response.destroy();
      }
    }
  };
  const sweeping = setInterval(sweep, Math.min(stalledStreamMs, longestSweepMs)).unref();
  return { stop: () => clearInterval(sweeping) };
}
