import { DomainError } from "../domain/errors.ts";

const scheme = 'Bearer realm="orgflags"';

/** Credentials that are missing, or that are there and count for nothing; pages and clients are told which are wanted. */
export class Unauthenticated extends DomainError {
  /** What `WWW-Authenticate` says (RFC 6750, 3). */
  readonly challenge: string;

  constructor(message: string, fault: "missing" | "invalid") {
    super("UNAUTHENTICATED", message);
    this.challenge = fault === "missing" ? scheme : `${scheme}, error="invalid_token"`;
  }
}
