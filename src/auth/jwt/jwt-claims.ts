import { everything, type Identity, type Role } from "../../domain/access.ts";
import { actorNameFault } from "../../domain/actor-name.ts";
import { DomainError } from "../../domain/errors.ts";
import { isFeatureKey, isOrgId, quote } from "../../domain/validation.ts";
import type { JwtClaimNames } from "./jwt-options.ts";

type Claims = Readonly<Record<string, unknown>>;

const roles: readonly Role[] = ["admin", "editor", "viewer"];

/** Reads who somebody is from the claims of a verified token; throws `PERMISSION_DENIED` that names the claim at fault. */
export function identityOf(claims: Claims, names: JwtClaimNames): Identity {
  const name = nameIn(claims, names.name);
  const role = roleIn(claims, names.role);
  const orgIds = names.orgs === undefined ? undefined : organisationsIn(claims, names.orgs);
  const featureKeys = featuresIn(claims, names.features);
  const scope = orgIds === undefined && featureKeys === undefined ? everything : { orgIds, featureKeys };
  return Object.freeze({ name, role, scope });
}

function nameIn(claims: Claims, claim: string): string {
  const value = claimIn(claims, claim);
  if (typeof value !== "string") {
    throw refused(claim, "must be a text: the name of the actor");
  }
  const fault = actorNameFault(value);
  if (fault !== undefined) {
    throw refused(claim, fault);
  }
  return value;
}

/** Of several roles the one counts that may do most; what is no role of ours is for others. */
function roleIn(claims: Claims, claim: string): Role {
  const value = claimIn(claims, claim);
  const given = Array.isArray(value) ? value : [value];
  const role = roles.find((each) => given.includes(each));
  if (role === undefined) {
    throw refused(claim, "must be viewer, editor or admin, or a list with one of them");
  }
  return role;
}

function organisationsIn(claims: Claims, claim: string): ReadonlySet<string> | undefined {
  const value = claimIn(claims, claim);
  if (value === undefined) {
    throw refused(claim, 'is missing: the organisations, or "*" for all');
  }
  return namesIn(claim, value, isOrgId);
}

function featuresIn(claims: Claims, claim: string): ReadonlySet<string> | undefined {
  const value = claimIn(claims, claim);
  return value === undefined ? undefined : namesIn(claim, value, isFeatureKey);
}

/** A list, or a text with spaces between the names; `*` by itself stands for all, which is undefined. */
function namesIn(claim: string, value: unknown, isName: (text: string) => boolean): ReadonlySet<string> | undefined {
  if (value === "*") {
    return undefined;
  }
  const names = typeof value === "string" ? value.split(" ").filter((part) => part !== "") : value;
  if (!Array.isArray(names)) {
    throw refused(claim, 'must be a list of names, a text with spaces between them, or "*"');
  }
  const bad = names.find((each) => typeof each !== "string" || !isName(each));
  if (bad !== undefined) {
    const what = typeof bad === "string" ? quote(bad) : "something that is no text";
    throw refused(claim, `has ${what}, which is no such name`);
  }
  return new Set(names);
}

function claimIn(claims: Claims, claim: string): unknown {
  const path = claim.startsWith("/") ? claim.slice(1).split("/") : [claim];
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    claims,
  );
}

function isObject(value: unknown): value is Claims {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(claim: string, why: string): DomainError {
  return new DomainError("PERMISSION_DENIED", `the claim ${JSON.stringify(claim)} of the JWT ${why}`);
}
