import { DomainError } from "../domain/errors.ts";
import { checkOrgId } from "../domain/validation.ts";

/** What a client tells of who asks: names and values of any kind. */
export type EvaluationContext = Readonly<Record<string, unknown>>;

/** Which of the two values of a context names the organisation where both are there. */
export type OrgFrom = "targeting-key" | "org-id";

/** Why a context names no organisation. */
export type ContextFault = "missing" | "invalid";

/** The `INVALID_ARGUMENT` of a context that names no organisation; each protocol has words of its own for the fault. */
export class ContextError extends DomainError {
  readonly fault: ContextFault;

  constructor(fault: ContextFault, field: string, description: string) {
    super("INVALID_ARGUMENT", `${field}: ${description}`, [{ field, description }]);
    this.fault = fault;
  }
}

const namesOf: Readonly<Record<OrgFrom, readonly [string, string]>> = {
  "targeting-key": ["targetingKey", "org_id"],
  "org-id": ["org_id", "targetingKey"],
};

/**
 * The organisation that a context names, else the one that stands in for it. Throws ContextError where there is none,
 * and where the value that counts is no `org_id`.
 */
export function organisationOf(context: EvaluationContext, orgFrom: OrgFrom, otherwise?: string): string {
  const [first, second] = namesOf[orgFrom];
  return organisationIn(context, first) ?? organisationIn(context, second) ?? otherwise ?? missing(first, second);
}

/** The names of the two values, the one that counts first. */
export function contextNames(orgFrom: OrgFrom): readonly [string, string] {
  return namesOf[orgFrom];
}

function organisationIn(context: EvaluationContext, name: string): string | undefined {
  const value = Object.hasOwn(context, name) ? context[name] : undefined;
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  const field = `context.${name}`;
  if (typeof value !== "string") {
    throw new ContextError("invalid", field, `must be an org_id, a string; got ${kindOf(value)}`);
  }
  const violation = checkOrgId(field, value);
  if (violation !== undefined) {
    throw new ContextError("invalid", field, violation.description);
  }
  return value;
}

function missing(first: string, second: string): never {
  throw new ContextError("missing", `context.${first}`, `is required: the org_id, or else context.${second}`);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "an array" : `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}
