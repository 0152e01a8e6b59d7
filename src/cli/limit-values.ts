import type { AppLimits } from "../assembly/app-config.ts";
import { isNetwork } from "../server/networks.ts";
import { Unacceptable } from "./setting.ts";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const unitBytes: Readonly<Record<string, number>> = { MiB: 1024 ** 2, KiB: 1024, B: 1, "": 1 };
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
// The longest time that a timer of the platform can wait is nearly 25 days.
const longestMs = 24 * 3_600_000;
const time = /^([1-9]\d{0,8})(ms|s|m|h)$/;
const name = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;
const size = /^([1-9]\d{0,9})(B|KiB|MiB|)$/;
// RATE = number "/" unit [ ":" burst ], as many per unit, and so many at once.
const rateNotation = /^([1-9]\d{0,8})\/(s|m|h)(?::([1-9]\d{0,8}))?$/;

/** Reads a time up to a day, in milliseconds. */
export function shortTime(text: string): number {
  const [, amount, unit = ""] = time.exec(text) ?? [];
  const ms = Number(amount) * (unitMs[unit] ?? Number.NaN);
  if (amount === undefined || ms > longestMs) {
    throw new Unacceptable("a time up to 24h such as 500ms, 10s, 2m or 1h");
  }
  return ms;
}

/** Makes what reads a size within bounds, both inclusive, in bytes. */
export function byteSize(low: number, high: number): (text: string) => number {
  return (text) => {
    const [, amount, unit = ""] = size.exec(text) ?? [];
    const bytes = Number(amount) * (unitBytes[unit] ?? Number.NaN);
    if (amount !== undefined && bytes >= low && bytes <= high) {
      return bytes;
    }
    throw new Unacceptable(`a size from ${sizeText(low)} to ${sizeText(high)} such as 4096, 16KiB or 1MiB`);
  };
}

/** Reads how often something may be done. */
export function rate(text: string): NonNullable<AppLimits["http2Resets"]> {
  const [, amount, unit = "", burst] = rateNotation.exec(text) ?? [];
  if (amount === undefined) {
    throw new Unacceptable("so many per second, minute or hour, and perhaps so many at once: 50/s, 100/m or 50/s:200");
  }
  return { perSecond: Number(amount) / (unitSeconds[unit] ?? 1), burst: Number(burst ?? amount) };
}

/** Reads how often something may be done that the platform counts, by whole seconds. */
export function wholeRate(text: string): NonNullable<AppLimits["http2Resets"]> {
  const read = rateNotation.test(text) ? rate(text) : undefined;
  if (read === undefined || !Number.isInteger(read.perSecond)) {
    const example = "such as 33/s, 33/s:1000 or 60/m: the platform counts by seconds";
    throw new Unacceptable(`a whole number per second, and perhaps so many at once, ${example}`);
  }
  return read;
}

/** Reads an address, or a network of them. */
export function network(text: string): string {
  if (!isNetwork(text)) {
    throw new Unacceptable("an IP address such as 10.0.0.1, or a network such as 10.0.0.0/8");
  }
  return text;
}

/** Reads the name of a host, without a port, or `*`. */
export function hostName(text: string): string {
  if (text !== "*" && !name.test(text)) {
    throw new Unacceptable("a host name without a port such as flags.example, or *");
  }
  return text;
}

function sizeText(bytes: number): string {
  const [unit, unitSize] = Object.entries(unitBytes).find(([, each]) => bytes % each === 0) ?? ["B", 1];
  return `${bytes / unitSize}${unit}`;
}
