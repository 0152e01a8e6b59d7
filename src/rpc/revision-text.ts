import { invalidArgument } from "../domain/errors.ts";
import { quote } from "../domain/validation.ts";

const digits = /^\d{1,16}$/;

/** Reads a revision from a header; what is none is `INVALID_ARGUMENT` that names the header. */
export function revisionOf(header: string, text: string): number {
  const revision = digits.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(revision)) {
    const accepted = `a revision: a whole number from 0 to ${Number.MAX_SAFE_INTEGER.toLocaleString("en")}`;
    throw invalidArgument([{ field: header, description: `must be ${accepted}; got ${quote(text)}` }]);
  }
  return revision;
}
