import type { DescMethodServerStreaming, DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import type { Identity, Role } from "../domain/access.ts";
import type { Awaitable } from "../domain/awaitable.ts";

/** An organisation or a feature that a request names, and where. */
export interface Name {
  readonly kind: "organisation" | "feature";
  readonly field: string;
  /** Absent or empty where the request names none; then nothing is to be checked, or the request is no good anyway. */
  readonly value: string | undefined;
}

/** Reads a header of a request, by its name in lower case. */
export type HeaderOf = (name: string) => string | undefined;

/** Why something takes an identity for all organisations, or all features, whatever a request names. */
export interface Needs {
  readonly allOrganisations?: string;
  readonly allFeatures?: string;
}

/** Who may call a method. */
export interface Rule<I> {
  /** The least role. One of a viewer does for what changes nothing, and no role at all where reading is public. */
  readonly role: Role;
  readonly needs?: Needs;
  /** What the request names. */
  readonly names?: (request: I, headerOf: HeaderOf) => readonly Name[];
  /** What else it takes; throws DomainError. */
  readonly also?: (request: I, identity: Identity) => Awaitable<void>;
}

/** Who may call a method: everybody at any time, or whom the rule lets. A stream of requests names nothing. */
export type MethodRule<I> = "open" | Rule<I>;

/** The rules of a service: one for each of its methods. */
export type ServiceRules<S extends DescService> = {
  readonly [M in keyof S["method"]]: S["method"][M] extends
    | DescMethodUnary<infer I>
    | DescMethodServerStreaming<infer I>
    ? MethodRule<MessageShape<I>>
    : "open" | Pick<Rule<unknown>, "role">;
};

/** The organisation that a request names. */
export function organisation(value: string | undefined, field = "org_id"): Name {
  return { kind: "organisation", field, value };
}

/** The feature that a request names. */
export function feature(value: string | undefined, field = "feature_key"): Name {
  return { kind: "feature", field, value };
}
