import { type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import {
  JOSEError,
  JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey,
  JWTClaimValidationFailed,
  JWTExpired,
} from "jose/errors";
import type { Identity } from "../../domain/access.ts";
import { DomainError } from "../../domain/errors.ts";
import { RecentMap } from "../../domain/recent-map.ts";
import { Unauthenticated } from "../../rpc/unauthenticated.ts";
import type { JwtProver } from "../authenticator.ts";
import type { Proof } from "../proof.ts";
import { identityOf } from "./jwt-claims.ts";
import type { FindKey } from "./jwt-keys.ts";
import type { JwtClaimNames, JwtOptions } from "./jwt-options.ts";

const maxLength = 8192;
const toleranceSeconds = 5;
// A key that the issuer gives up counts for so long at the most after its key set was read last.
const provenMs = 5 * 60_000;
const rememberedProofs = 10_000;
const rememberedRefusals = 1000;
// Keys come, and times begin: what is refused now may count a little later.
const refusedMs = 5000;

/** Signatures by keys that verify and can't sign. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

interface Refusal {
  readonly error: DomainError;
  readonly until: number;
}

/** Proves identities by JSON Web Tokens (RFC 7519), and remembers what that came to. */
export class Jwts implements JwtProver {
  readonly #findKey: FindKey;
  readonly #claims: JwtClaimNames;
  readonly #clock: () => number;
  readonly #verification: JWTVerifyOptions;
  readonly #proofs = new RecentMap<string, JwtProof>(rememberedProofs);
  readonly #refusals = new RecentMap<string, Refusal>(rememberedRefusals);
  readonly #proving = new Map<string, Promise<Proof>>();

  constructor({ issuer, audiences, claims }: JwtOptions, findKey: FindKey, clock: () => number) {
    this.#findKey = findKey;
    this.#claims = claims;
    this.#clock = clock;
    this.#verification = {
      issuer,
      audience: [...audiences],
      algorithms,
      requiredClaims: ["exp"],
      clockTolerance: toleranceSeconds,
    };
  }

  proveJwt(text: string): Proof | Promise<Proof> {
    const now = this.#clock();
    const proof = this.#proofs.get(text);
    if (proof?.holds(now)) {
      return proof;
    }
    const refusal = this.#refusals.get(text);
    if (refusal !== undefined && now < refusal.until) {
      throw refusal.error;
    }
    if (text.length > maxLength) {
      throw new Unauthenticated(`the JWT has more than ${maxLength.toLocaleString("en")} characters`, "invalid");
    }
    return this.#proving.get(text) ?? this.#proveOnce(text);
  }

  /** Who asks for the same meanwhile waits for the same. */
  #proveOnce(text: string): Promise<Proof> {
    const proving = this.#prove(text).finally(() => this.#proving.delete(text));
    this.#proving.set(text, proving);
    return proving;
  }

  async #prove(text: string): Promise<Proof> {
    const now = this.#clock();
    try {
      const options = { ...this.#verification, currentDate: new Date(now) };
      const { payload } = await jwtVerify(text, this.#findKey, options);
      const proof = new JwtProof(identityOf(payload, this.#claims), payload, now + provenMs);
      this.#proofs.set(text, proof);
      return proof;
    } catch (error) {
      const told = refusalOf(error);
      if (told.code !== "UNAVAILABLE") {
        this.#proofs.delete(text);
        this.#refusals.set(text, { error: told, until: now + refusedMs });
      }
      throw told;
    }
  }
}

class JwtProof implements Proof {
  readonly identity: Identity;
  readonly source: string;
  readonly expiresAt: number;
  readonly #provenUntil: number;

  constructor(identity: Identity, { exp = 0 }: JWTPayload, provenUntil: number) {
    this.identity = identity;
    this.source = `jwt ${identity.name}`;
    this.expiresAt = (exp + toleranceSeconds) * 1000;
    this.#provenUntil = Math.min(provenUntil, this.expiresAt);
  }

  holds(now: number): boolean {
    return now < this.#provenUntil;
  }
}

/** What a caller is told; anything but a fault of the token is a mistake in here, and goes its way. */
function refusalOf(error: unknown): DomainError {
  if (error instanceof DomainError) {
    return error;
  }
  if (error instanceof JOSEError) {
    return new Unauthenticated(wordsOf(error), "invalid");
  }
  throw error;
}

function wordsOf(error: JOSEError): string {
  if (error instanceof JWTExpired) {
    return "the JWT has expired";
  }
  if (error instanceof JWTClaimValidationFailed) {
    return `the claim ${JSON.stringify(error.claim)} of the JWT ${claimFault(error.reason)}`;
  }
  if (error instanceof JWKSNoMatchingKey) {
    return "the JWT is signed by a key that the issuer does not have";
  }
  if (error instanceof JWKSMultipleMatchingKeys) {
    return "the JWT does not say by which of the issuer's keys it is signed (kid)";
  }
  return "the JWT can't be verified: its form, algorithm or signature is not right";
}

function claimFault(reason: string): string {
  return reason === "missing" ? "is missing" : "is not what this service asks for";
}
