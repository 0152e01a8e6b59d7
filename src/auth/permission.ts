import { everything, type Identity, isInScope, type Role, type Scope } from "../domain/access.ts";
import type { Change } from "../domain/change.ts";
import { DomainError } from "../domain/errors.ts";
import { quote } from "../domain/validation.ts";
import type { RequireRevertible } from "./flag-rules.ts";
import type { Name, Needs } from "./rule.ts";

const ranks: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, admin: 2 };

/** Throws `PERMISSION_DENIED` where a role is less than what it takes. */
export function requireRole({ role }: Identity, needed: Role): void {
  if (ranks[role] < ranks[needed]) {
    throw denied(`it takes the role ${needed}, and the role of these credentials is ${role}`);
  }
}

/** Throws `PERMISSION_DENIED` where a scope has not all of what is needed. */
export function requireNeeds({ orgIds, featureKeys }: Scope, needs: Needs | undefined): void {
  if (orgIds !== undefined && needs?.allOrganisations !== undefined) {
    throw denied(`${needs.allOrganisations}, and these credentials are for some`);
  }
  if (featureKeys !== undefined && needs?.allFeatures !== undefined) {
    throw denied(`${needs.allFeatures}, and these credentials are for some`);
  }
}

/** Throws `PERMISSION_DENIED` that names what is not in a scope; it does not depend on whether there is such a thing. */
export function requireNamed(scope: Scope, names: readonly Name[]): void {
  for (const { kind, field, value } of names) {
    const own = kind === "organisation" ? scope.orgIds : scope.featureKeys;
    if (value !== undefined && value !== "" && own !== undefined && !own.has(value)) {
      throw denied(`${field}: the ${kind} ${quote(value)} is not in the scope of these credentials`);
    }
  }
}

/**
 * Makes the refusal to undo changes of features for who may not make them. One that is out of scope, or is not there, is
 * for the implementation to speak of; `changeOf` may throw what that would.
 */
export function createRequireRevertible(changeOf: (revision: number) => Promise<Change>): RequireRevertible {
  return async (revision, identity) => {
    const { role, scope } = identity;
    if ((role === "admin" && scope === everything) || revision < 1n || revision > Number.MAX_SAFE_INTEGER) {
      return;
    }
    const change = await changeOf(Number(revision));
    if (change.kind === "feature" && isInScope(scope, undefined, change.featureKey)) {
      requireRole(identity, "admin");
      requireNeeds(scope, { allOrganisations: "a change of the catalogue reaches all organisations" });
    }
  };
}

function denied(message: string): DomainError {
  return new DomainError("PERMISSION_DENIED", message);
}
