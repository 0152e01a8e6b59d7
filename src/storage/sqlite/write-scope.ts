import type { Call } from "../../domain/call.ts";
import { type Change, isChangeInScope } from "../../domain/change.ts";
import { changeNotFound } from "../../domain/change-not-found.ts";
import { DomainError } from "../../domain/errors.ts";
import type { ChangeLookup } from "./change-lookup.ts";
import { type CalledRequest, callOf } from "./write-target.ts";

/**
 * Refuses what a write would reach outside of its scope without naming it. `PERMISSION_DENIED` of a change of the
 * catalogue within a scope of organisations; a revert of what is out of scope is `NOT_FOUND`, like one of nothing.
 */
export function requireInScope(request: CalledRequest, lookup: ChangeLookup): void {
  const call = callOf(request);
  if (call.scope === undefined) {
    return;
  }
  switch (request.method) {
    case "createFeature":
    case "updateFeature":
    case "deleteFeature":
      requireAll(call, "feature_key: to change the catalogue");
      break;
    case "revertChange":
      requireReach(call, request.args[0], lookup);
      break;
    case "createOverride":
    case "updateOverrides":
    case "deleteOverrides":
      break;
    default:
      request satisfies never;
  }
}

/** Throws `PERMISSION_DENIED` of what reaches all organisations, unless the call may; `what` names that. */
export function requireAll({ scope }: Pick<Call, "scope">, what: string): void {
  if (scope?.orgIds !== undefined) {
    const message = `${what} reaches all organisations, and you are limited to some; ask an admin who is not`;
    throw new DomainError("PERMISSION_DENIED", message);
  }
}

/** The change of a revision; `NOT_FOUND` where it is not kept, never was, or is out of scope: which, is not told. */
export function requireChange({ scope }: Pick<Call, "scope">, revision: number, lookup: ChangeLookup): Change {
  const change = lookup.get(revision);
  if (change === undefined || (scope !== undefined && !isChangeInScope(change, scope))) {
    throw changeNotFound(revision, lookup.bounds().prunedRevision);
  }
  return change;
}

function requireReach(call: Call, revision: number, lookup: ChangeLookup): void {
  if (requireChange(call, revision, lookup).kind === "feature") {
    requireAll(call, `revision: ${revision} is a change of a feature, and to undo it`);
  }
}
