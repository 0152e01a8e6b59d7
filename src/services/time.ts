import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { FieldViolation } from "../domain/errors.ts";

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the bounds of google.protobuf.Timestamp.
const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;
const lastMs = Number(lastSecond) * 1000 + 999;
const maxNanos = 999_999_999;
const nanosPerMs = 1e6;

/** Says what is wrong with a time; binary messages can hold what is none. */
export function checkTime(field: string, time: Timestamp | undefined): FieldViolation | undefined {
  const isTime =
    time === undefined ||
    (time.seconds >= firstSecond && time.seconds <= lastSecond && time.nanos >= 0 && time.nanos <= maxNanos);
  const accepted = "a time from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z";
  return isTime ? undefined : { field, description: `must be ${accepted}; got ${time.seconds} s and ${time.nanos} ns` };
}

/** The last millisecond that is not after a time, since 1970, UTC. */
export function msUpTo({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1000 + Math.floor(nanos / nanosPerMs);
}

/** The first millisecond that is not before a time, since 1970, UTC; what a time at or after it is, is never early. */
export function msFrom({ seconds, nanos }: Timestamp): number {
  return Math.min(Number(seconds) * 1000 + Math.ceil(nanos / nanosPerMs), lastMs);
}
