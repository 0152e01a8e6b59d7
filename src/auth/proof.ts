import type { Identity } from "../domain/access.ts";
import type { Awaitable } from "../domain/awaitable.ts";

/** What a request shows of who makes it. */
export interface Credentials {
  /** The `Authorization` header, as it came. */
  readonly authorization: string | undefined;
  /** The name in the certificate of the connection's client. */
  readonly certificateName: string | undefined;
  /** A ticket from the URL of a stream of events; see Tickets. */
  readonly ticket?: string | undefined;
}

/** That credentials are somebody's. */
export interface Proof {
  readonly identity: Identity;
  /** What of the credentials proves it, without a secret: proofs of the same are of the same identity. */
  readonly source: string;
  /** The id of the token or certificate that is kept in the database; undefined for another proof. */
  readonly tokenId?: string | undefined;
  /** When the credentials count no longer, in milliseconds since 1970, UTC; infinite for never. */
  readonly expiresAt: number;
  /** Whether it holds at a time, as far as can be told without a look; where it does not, it takes a new proof. */
  holds(now: number): boolean;
}

/** Finds out who calls. */
export interface Authenticator {
  /**
   * Proves who calls; undefined where nothing is shown. Throws Unauthenticated for what is shown and does not count,
   * `UNAVAILABLE` where that can't be found out. Synchronous where it is known already.
   */
  prove(credentials: Credentials): Awaitable<Proof | undefined>;
}
