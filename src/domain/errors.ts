/** The codes a domain error can have: the gRPC codes of the same names. */
export type DomainErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "FAILED_PRECONDITION"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE";

/** A field at fault, in proto names (`updates[3].org_id`), and what it would have to be. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** A refusal that the caller can understand: its message is meant to leave the process. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: DomainErrorCode;
  /** The fields at fault; empty where the refusal is not about the request's fields. */
  readonly violations: readonly FieldViolation[];

  constructor(code: DomainErrorCode, message: string, violations: readonly FieldViolation[] = []) {
    super(message);
    this.code = code;
    this.violations = violations;
  }
}

/** Makes the `INVALID_ARGUMENT` error of the given fields; its message repeats them all. */
export function invalidArgument(violations: readonly FieldViolation[]): DomainError {
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return new DomainError("INVALID_ARGUMENT", message, violations);
}
