import { constants } from "node:http2";
import type { HttpResponse } from "./response.ts";

/** What waits for a client is given the whole time for each such step, so that one that reads slowly does read. */
const STEP_BYTES = 64 * 1024;
/** The longest delay of a timer of Node; it takes a longer one for none at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long so many bytes that wait to be written may do so: `stalledMs`, and as much for each whole 64 KiB from the second. */
export function patienceFor(waitingBytes: number, stalledMs: number): number {
  return Math.max(1, Math.floor(waitingBytes / STEP_BYTES)) * stalledMs;
}

/** Calls back where the timer is not cleared before so many waiting bytes should have been taken. */
export function startStallTimer(waitingBytes: number, stalledMs: number, stalled: () => void): NodeJS.Timeout {
  return setTimeout(stalled, Math.min(patienceFor(waitingBytes, stalledMs), MAX_TIMER_MS)).unref();
}

/** Ends an answer that is not taken, with all that waits to be written; over HTTP/1 with its connection. */
export function cutOff(response: HttpResponse): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  else response.destroy();
}
