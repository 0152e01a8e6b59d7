import type { Role, Scope } from "./access.ts";
import type { Awaitable } from "./awaitable.ts";

/** What proves an identity: a secret that is sent with each request, or a certificate that a connection shows. */
export type TokenKind = "token" | "certificate";

/** An identity that is kept in the database. Times are in milliseconds since 1970, UTC. */
export interface Token {
  readonly id: string;
  readonly kind: TokenKind;
  /** The actor of its changes; of a certificate also the name in it. */
  readonly name: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly createdAt: number;
  /** From when it counts no longer; undefined for never. */
  readonly expiresAt: number | undefined;
  /** When it was last used, to a minute; undefined where it never was. */
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

/** A token with what its secret is compared to. */
export interface StoredToken extends Token {
  /** SHA-256 of the secret; undefined for a certificate. */
  readonly hash: Uint8Array | undefined;
}

/** A token to keep. */
export type NewToken = Omit<StoredToken, "createdAt" | "lastUsedAt" | "revokedAt">;

/** That a token was used, and when, in milliseconds since 1970, UTC. */
export interface TokenUse {
  readonly id: string;
  readonly time: number;
}

/** The tokens of a store, for whoever has to know who calls. */
export interface TokenLookup {
  /**
   * Another number after each change of any token but its use. Counts all that was committed before the call, or
   * within `Store.lookOnce` before that; costs next to nothing while nobody commits.
   */
  tokenVersion(): Awaitable<number>;
  /** The same as of the last look at whether anybody has committed: never older than the changes that were read last. */
  seenTokenVersion(): number;
  /** Reads a token by its id, revoked and expired ones too. */
  readToken(id: string): Awaitable<StoredToken | undefined>;
  /** Reads the certificate of a name that is not revoked. */
  readCertificate(name: string): Awaitable<StoredToken | undefined>;
  /** Reads the key that tickets are signed with: another one in each database. */
  readTicketKey(): Awaitable<Uint8Array>;
}

/** Keeps tokens, for whoever hands them out. */
export interface TokenRegistry {
  /** Keeps a new token: `ALREADY_EXISTS` where a certificate of that name counts already. */
  createToken(token: NewToken): Token;
  /** All tokens, in the order in which they were made. */
  listTokens(): readonly Token[];
  /** Revokes a token, once: `NOT_FOUND`. */
  revokeToken(id: string): Token;
  close(): void;
}
