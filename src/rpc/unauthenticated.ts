import { DomainError } from "../domain/errors.ts";

const scheme = 'Bearer realm="orgflags"';

/** Credentials that are missing, or that are there and count for nothing; pages and clients are told which are wanted. */
export class Unauthenticated extends DomainError {
  /** What `WWW-Authenticate` says (RFC 6750, 3). */
  readonly challenge: string;
  readonly #fault: "missing" | "invalid";

  constructor(message: string, fault: "missing" | "invalid", further?: string) {
    super("UNAUTHENTICATED", message);
    this.#fault = fault;
    const own = fault === "missing" ? scheme : `${scheme}, error="invalid_token"`;
    // The first is the one that a browser asks its user for.
    this.challenge = further === undefined ? own : `${further}, ${own}`;
  }

  /** The same, where a further scheme will do, too. */
  asking(further: string): Unauthenticated {
    return new Unauthenticated(this.message, this.#fault, further);
  }
}
