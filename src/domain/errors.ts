/** The codes a domain error can have: the gRPC codes of the same names. */
export type DomainErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED";

/** A field at fault, in proto names (`updates[3].org_id`), and what it would have to be. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** A condition of the request that did not hold: `IF_MATCH` for the versions of `WriteConditions.ifMatch`. */
export type Precondition = "IF_MATCH";

/** A refusal that the caller can understand: its message is meant to leave the process. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: DomainErrorCode;
  /** The fields at fault; empty where the refusal is not about the request's fields. */
  readonly violations: readonly FieldViolation[];
  /** Which condition did not hold; undefined where the refusal is about something else. */
  readonly precondition: Precondition | undefined;

  constructor(
    code: DomainErrorCode,
    message: string,
    violations: readonly FieldViolation[] = [],
    precondition?: Precondition,
  ) {
    super(message);
    this.code = code;
    this.violations = violations;
    this.precondition = precondition;
  }
}

// Over gRPC an error travels in the head of an answer, which clients bound (to 8 KiB, some of them).
const maxViolations = 10;

/** Makes the `INVALID_ARGUMENT` error of the given fields. It names the first ten; its message says how many more. */
export function invalidArgument(violations: readonly FieldViolation[]): DomainError {
  const named = violations.slice(0, maxViolations);
  const texts = named.map(({ field, description }) => `${field}: ${description}`);
  const more = violations.length - named.length;
  return new DomainError("INVALID_ARGUMENT", [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join("; "), named);
}
