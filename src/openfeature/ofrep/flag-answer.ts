import { DomainError } from "../../domain/errors.ts";
import { isFeatureKey, quote } from "../../domain/validation.ts";
import type { EvaluatedFlag } from "../../flags/evaluated-flags.ts";
import { metadataOf, variantOf } from "../evaluation-details.ts";

/** Throws `NOT_FOUND` for a key that no flag can have. */
export function requireFlagKey(key: string): void {
  if (!isFeatureKey(key)) {
    throw new DomainError("NOT_FOUND", `key: no flag ${quote(key)} is in the catalogue`);
  }
}

/** The answer that OFREP has for the value of one flag. */
export function flagAnswer(orgId: string, key: string, flag: EvaluatedFlag, revision: number): object {
  const { enabled } = flag;
  return {
    key,
    value: enabled,
    reason: reasonOf(flag),
    variant: variantOf(enabled),
    metadata: metadataOf(orgId, flag, revision),
  };
}

/**
 * OFREP has no word for a default. `STATIC` would say that the value is the same for everybody, so that a client may
 * keep it for another organisation; `TARGETING_MATCH` that the organisation has a setting of its own.
 */
function reasonOf({ isOverride }: EvaluatedFlag): string {
  return isOverride ? "TARGETING_MATCH" : "UNKNOWN";
}
