import type { IncomingHttpHeaders } from "node:http";
import { badField } from "./request-fault.ts";

const MILLISECONDS = /^[0-9]{1,10}$/;
const GRPC_TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;
const SECONDS = /^[0-9]{1,10}(?:\.[0-9]{1,9})?$/;
const MILLISECONDS_BY_UNIT: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * The time a request leaves for its answer, in milliseconds: the shortest of its timeout headers, `undefined` where it
 * has none. Throws `RequestFault` for one that is malformed or above the maximum.
 */
export function readTimeout(headers: IncomingHttpHeaders, maxTimeoutMs: number): number | undefined {
  const connect = headers["connect-timeout-ms"];
  const grpc = headers["grpc-timeout"];
  const seconds = headers["x-server-timeout"];
  if (connect === undefined && grpc === undefined && seconds === undefined) return undefined;
  const timeout = Math.min(
    parse("Connect-Timeout-Ms", connect, parseMilliseconds, "milliseconds, of at most 10 digits"),
    parse("Grpc-Timeout", grpc, parseGrpcTimeout, "at most 8 digits and a unit of H, M, S, m, u or n"),
    parse("X-Server-Timeout", seconds, parseSeconds, "seconds, such as 2.5"),
  );
  if (timeout <= maxTimeoutMs) return timeout;
  throw badField("timeout", `expected at most ${maxTimeoutMs} ms, there are ${timeout}`);
}

function parse(
  name: string,
  value: string | string[] | undefined,
  read: (value: string) => number | undefined,
  accepted: string,
): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const timeout = typeof value === "string" ? read(value) : undefined;
  if (timeout === undefined) throw badField(name, `expected ${accepted}`);
  return timeout;
}

function parseMilliseconds(value: string): number | undefined {
  return MILLISECONDS.test(value) ? Number(value) : undefined;
}

function parseGrpcTimeout(value: string): number | undefined {
  const match = GRPC_TIMEOUT.exec(value);
  const unit = MILLISECONDS_BY_UNIT[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

function parseSeconds(value: string): number | undefined {
  return SECONDS.test(value) ? Number(value) * 1000 : undefined;
}
