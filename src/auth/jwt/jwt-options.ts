/** Whose JSON Web Tokens count, and what of them says what. */
export interface JwtOptions {
  /** What `iss` says; where to ask for the keys, unless those are somewhere else. */
  readonly issuer: string;
  /** What `aud` says, one of these at least. */
  readonly audiences: readonly string[];
  /** A URL or a file of the issuer's keys (RFC 7517); undefined where the issuer tells where they are. */
  readonly keys: URL | string | undefined;
  /** The names of the claims. */
  readonly claims: JwtClaimNames;
}

/** Which claim says what: by its name, or from `/` on by its path (`/realm_access/roles`). */
export interface JwtClaimNames {
  readonly role: string;
  /** The organisations; undefined where every identity is for all of them. */
  readonly orgs: string | undefined;
  readonly features: string;
  readonly name: string;
}

/** A file of keys that can't be used; the message names the file and says why. */
export class JwtKeyFileError extends Error {
  override readonly name = "JwtKeyFileError";
}
