/** What somebody may do: a viewer reads, an editor also sets and resets overrides, an admin also changes features. */
export type Role = "viewer" | "editor" | "admin";

/** Whom and what somebody may see and change; undefined stands for all of them. */
export interface Scope {
  readonly orgIds: ReadonlySet<string> | undefined;
  readonly featureKeys: ReadonlySet<string> | undefined;
}

/** The scope of whoever is not limited. */
export const everything: Scope = Object.freeze({ orgIds: undefined, featureKeys: undefined });

/** Somebody whose name is proven. */
export interface Identity {
  /** The actor of the changes that it makes. */
  readonly name: string;
  readonly role: Role;
  readonly scope: Scope;
}

/** Whether a scope lets an organisation's flag be seen; one without an organisation is the feature itself. */
export function isInScope({ orgIds, featureKeys }: Scope, orgId: string | undefined, featureKey: string): boolean {
  return (
    (featureKeys === undefined || featureKeys.has(featureKey)) &&
    (orgId === undefined || orgIds === undefined || orgIds.has(orgId))
  );
}
