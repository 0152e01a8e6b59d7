import type { Role } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { RateLimiter } from "../rpc/rate-limiter.ts";
import { Unauthenticated } from "../rpc/unauthenticated.ts";
import { requireRole } from "./permission.ts";
import type { Authenticator, Credentials, Proof } from "./proof.ts";

/** Who has to say who they are: nobody, who writes, or everybody. */
export type AuthMode = "public" | "public-read" | "required";

/** Lets in who may come in. */
export class Access {
  readonly #isReadingPublic: boolean;
  readonly #authenticator: Authenticator;
  readonly #perIdentity: RateLimiter | undefined;

  /** `perIdentity` counts by name what is asked by whoever has proven one. */
  constructor(mode: Exclude<AuthMode, "public">, authenticator: Authenticator, perIdentity?: RateLimiter) {
    this.#isReadingPublic = mode === "public-read";
    this.#authenticator = authenticator;
    this.#perIdentity = perIdentity;
  }

  /**
   * Proves who calls, and that the role is at least the one that it takes; undefined for nobody, where nobody need be
   * known. Throws Unauthenticated, TooManyRequests, `PERMISSION_DENIED` or `UNAVAILABLE`.
   */
  admit(credentials: Credentials, needed: Role): Awaitable<Proof | undefined> {
    const proof = this.#authenticator.prove(credentials);
    return proof instanceof Promise
      ? proof.then((arrived) => this.#allow(arrived, needed))
      : this.#allow(proof, needed);
  }

  /** Whether credentials still prove what they proved; throws as `admit` does. */
  renew(credentials: Credentials, proof: Proof): Awaitable<Proof> {
    return whenReady(this.#authenticator.prove(credentials), (renewed) => {
      if (renewed?.source !== proof.source) {
        throw new Unauthenticated("the credentials are somebody else's now", "invalid");
      }
      return renewed;
    });
  }

  #allow(proof: Proof | undefined, needed: Role): Proof | undefined {
    if (proof !== undefined) {
      this.#perIdentity?.count(proof.identity.name);
      requireRole(proof.identity, needed);
    } else if (!this.#isReadingPublic || needed !== "viewer") {
      throw new Unauthenticated("credentials are missing: send a token as Authorization: Bearer TOKEN", "missing");
    }
    return proof;
  }
}
