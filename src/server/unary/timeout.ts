import type { ConnectError } from "@connectrpc/connect";
import { dropEndlessTimeout } from "../timeout-header.ts";

type ParseTimeout = (value: string, maxTimeoutMs: number) => { timeoutMs?: number; error?: ConnectError | undefined };

/**
 * The time that a request leaves for its answer, in milliseconds; undefined for no limit, or one out of the reach of
 * timers. Throws the ConnectError of `parse` for a malformed one.
 */
export function readTimeout(header: Headers, name: string, parse: ParseTimeout): number | undefined {
  if (header.get(name) === null) {
    return undefined;
  }
  dropEndlessTimeout(header);
  const value = header.get(name);
  if (value === null) {
    return undefined;
  }
  const { timeoutMs, error } = parse(value, Number.MAX_SAFE_INTEGER);
  if (error !== undefined) {
    throw error;
  }
  return timeoutMs;
}
