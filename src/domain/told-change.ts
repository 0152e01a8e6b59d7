import type { Scope } from "./access.ts";
import type { Change } from "./change.ts";

// One object for all who are told less, so that whoever encodes changes can tell by it what is encoded already.
const told = new WeakMap<Change, Change>();

/**
 * What a scope lets be told of a change that is in it. Who is limited to organisations learns of a change of a feature,
 * as it reaches them, but not who made it and why: the reason may be about another organisation.
 */
export function toldChange(change: Change, scope: Scope | undefined): Change {
  if (scope?.orgIds === undefined || change.kind === "override") {
    return change;
  }
  const known = told.get(change) ?? { ...change, actor: "", reason: "" };
  told.set(change, known);
  return known;
}
