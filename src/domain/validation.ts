import { type FieldViolation, invalidArgument } from "./errors.ts";
import type { NewSetting } from "./override.ts";

const orgIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;
const featureKeyPattern = /^[a-z][a-z0-9_.-]{0,63}$/;
const maxDescriptionLength = 1024;
const maxQuotedLength = 40;

/** Throws `INVALID_ARGUMENT` with the violations among its arguments, if there are any. */
export function requireValid(...checks: readonly (FieldViolation | undefined)[]): void {
  const violations = checks.filter((check) => check !== undefined);
  if (violations.length > 0) {
    throw invalidArgument(violations);
  }
}

/** Whether a text is an `org_id`. */
export function isOrgId(value: string): boolean {
  return orgIdPattern.test(value);
}

/** Whether a text is a `feature_key`. */
export function isFeatureKey(value: string): boolean {
  return featureKeyPattern.test(value);
}

/** Says what is wrong with an `org_id`. */
export function checkOrgId(field: string, value: string): FieldViolation | undefined {
  if (isOrgId(value)) {
    return undefined;
  }
  const accepted = "1 to 128 characters of A-Z a-z 0-9 . _ : @ -, beginning with a letter or a digit";
  return { field, description: `must be ${accepted}; got ${quote(value)}` };
}

/** Says what is wrong with a `feature_key`. */
export function checkFeatureKey(field: string, value: string): FieldViolation | undefined {
  if (isFeatureKey(value)) {
    return undefined;
  }
  const accepted = "1 to 64 characters of a-z 0-9 _ . -, beginning with a lower-case letter";
  return { field, description: `must be ${accepted}; got ${quote(value)}` };
}

/** Says what is wrong with a feature's description; characters are Unicode code points, as JSON Schema counts them. */
export function checkDescription(field: string, value: string | undefined): FieldViolation | undefined {
  const length = value === undefined ? 0 : [...value].length;
  return length <= maxDescriptionLength
    ? undefined
    : { field, description: `must have at most ${maxDescriptionLength} characters; got ${length}` };
}

/** Says that a whole number is not within its bounds, both inclusive. */
export function checkRange(field: string, value: number, low: number, high: number): FieldViolation | undefined {
  return value >= low && value <= high
    ? undefined
    : { field, description: `must be ${low} to ${high.toLocaleString("en")}; got ${value}` };
}

/**
 * Says what is wrong with the times of a setting: each must come after `now`, in milliseconds since 1970, UTC, and the
 * end after the beginning. `at` prefixes the names of the fields.
 */
export function checkTimes(at: string, { startsAt, expiresAt }: NewSetting, now: number): readonly FieldViolation[] {
  const checks = [
    checkAfter(`${at}starts_at`, startsAt, "the time of the write", now),
    checkAfter(`${at}expires_at`, expiresAt, "the time of the write", now) ??
      checkAfter(`${at}expires_at`, expiresAt, "starts_at", startsAt),
  ];
  return checks.filter((check) => check !== undefined);
}

function checkAfter(
  field: string,
  time: number | undefined,
  boundName: string,
  bound: number | undefined,
): FieldViolation | undefined {
  return time === undefined || bound === undefined || time > bound
    ? undefined
    : { field, description: `must be after ${boundName}, ${timeText(bound)}; got ${timeText(time)}` };
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}

/** Says that a field which has to be given is absent. */
export function checkPresent(field: string, value: unknown, accepted: string): FieldViolation | undefined {
  return value === undefined ? { field, description: `is required: ${accepted}` } : undefined;
}

/** Quotes a value for an error message, shortened where it is longer than so many characters. */
export function quote(value: string, longest = maxQuotedLength): string {
  return value.length > longest
    ? `${JSON.stringify(value.slice(0, longest))}… (${value.length.toLocaleString("en")} characters)`
    : JSON.stringify(value);
}
