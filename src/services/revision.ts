import type { FieldViolation } from "../domain/errors.ts";
import { decodePageToken, encodePageToken } from "../domain/page-token.ts";

const maxRevision = BigInt(Number.MAX_SAFE_INTEGER);
const positive = /^[1-9]\d{0,15}$/;

/** Says that a field is no revision. Changes have those from 1; `lowest` is 0 where the time before them counts, too. */
export function checkRevision(field: string, value: bigint | undefined, lowest: 0n | 1n): FieldViolation | undefined {
  return value === undefined || (value >= lowest && value <= maxRevision)
    ? undefined
    : { field, description: `must be ${lowest} to ${maxRevision.toLocaleString("en")}; got ${value}` };
}

/** The number of a field that has been checked. */
export function revisionOf(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** Makes the token of the page that begins behind a revision. */
export function encodeRevisionToken(revision: number): string {
  return encodePageToken(String(revision));
}

/** Reads the revision from a token; undefined for the first page. */
export function decodeRevisionToken(field: string, token: string): number | undefined {
  const key = decodePageToken(field, token, (text) => positive.test(text) && Number.isSafeInteger(Number(text)));
  return key === "" ? undefined : Number(key);
}
