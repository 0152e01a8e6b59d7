import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type Fields, isFields } from "./write-text.ts";

const SECONDS_OF_DAY = 86_400;
const FIRST_SECOND = Date.parse("0001-01-01T00:00:00Z") / 1000;
const LAST_SECOND = Date.parse("9999-12-31T23:59:59Z") / 1000;
const MAX_NANOS = 999_999_999;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

/** The day that was written last, as most timestamps are of today; and its date up to the `T`. */
let lastDay = Number.NaN;
let lastDate = "";

/** Writes `google.protobuf.Timestamp`; what is out of range is left to the general way. */
export function writeTimestamp(value: unknown, raw: boolean): string | undefined {
  if (!isFields(value)) return undefined;
  const created = value.$typeName === TimestampSchema.typeName;
  if (raw && !created) return undefined;
  const seconds = readField(value, "seconds", created ? undefined : 0n);
  const nanos = readField(value, "nanos", created ? undefined : 0);
  if (typeof seconds !== "bigint" || typeof nanos !== "number") return undefined;
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > MAX_NANOS) return undefined;
  const second = Number(seconds);
  return second < FIRST_SECOND || second > LAST_SECOND ? undefined : format(second, nanos);
}

function readField(fields: Fields, name: string, missing: unknown): unknown {
  return fields[name] ?? missing;
}

function format(second: number, nanos: number): string {
  const day = Math.floor(second / SECONDS_OF_DAY);
  if (day !== lastDay) {
    lastDate = new Date(day * SECONDS_OF_DAY * 1000).toISOString().slice(0, "0000-00-00T".length);
    lastDay = day;
  }
  const rest = second - day * SECONDS_OF_DAY;
  const hours = TWO_DIGITS[Math.trunc(rest / 3600)];
  const minutes = TWO_DIGITS[Math.trunc(rest / 60) % 60];
  return `"${lastDate}${hours}:${minutes}:${TWO_DIGITS[rest % 60]}${fraction(nanos)}Z"`;
}

/** Three, six or nine digits, or none at all. */
function fraction(nanos: number): string {
  if (nanos === 0) return "";
  if (nanos % 1_000_000 === 0) return `.${String(nanos / 1_000_000).padStart(3, "0")}`;
  if (nanos % 1000 === 0) return `.${String(nanos / 1000).padStart(6, "0")}`;
  return `.${String(nanos).padStart(9, "0")}`;
}
