import type { Identity } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { RecentMap } from "../domain/recent-map.ts";
import type { StoredToken, TokenLookup } from "../domain/token.ts";
import { quote } from "../domain/validation.ts";
import { Unauthenticated } from "../rpc/unauthenticated.ts";
import type { Proof } from "./proof.ts";
import { isSecretOf, readTokenText } from "./token-text.ts";
import type { Usable, UseNotes } from "./use-notes.ts";

// Refusals apart: a flood of bad tokens makes nobody forget a good one, and the same one again costs no read.
const rememberedProofs = 10_000;
const rememberedRefusals = 1000;

/** Proves identities that are kept in the database, and remembers what it came to until any token changes. */
export class StoredTokens {
  readonly #lookup: TokenLookup;
  readonly #uses: UseNotes;
  readonly #clock: () => number;
  readonly #proofs = new RecentMap<string, TokenProof>(rememberedProofs);
  readonly #refusals = new RecentMap<string, Unauthenticated>(rememberedRefusals);
  #version = Number.NaN;

  constructor(lookup: TokenLookup, uses: UseNotes, clock: () => number) {
    this.#lookup = lookup;
    this.#uses = uses;
    this.#clock = clock;
  }

  /** Proves whose a token is; throws Unauthenticated. */
  proveToken(text: string): Awaitable<Proof> {
    const version = this.#lookup.tokenVersion();
    return version instanceof Promise
      ? version.then((arrived) => this.#proveToken(text, arrived))
      : this.#proveToken(text, version);
  }

  /** Proves whose a certificate is; throws Unauthenticated. */
  proveCertificate(name: string): Awaitable<Proof> {
    return whenReady(this.#lookup.tokenVersion(), (version) => {
      // No token begins like that.
      const key = `certificate ${name}`;
      return (
        this.#remembered(key, version) ??
        this.#take(key, version, this.#lookup.readCertificate(name), (found) => certificateFault(name, found))
      );
    });
  }

  /** Proves that a token still counts by its id, which somebody has proven otherwise; throws Unauthenticated. */
  proveId(id: string): Awaitable<Proof> {
    return whenReady(this.#lookup.tokenVersion(), (version) => {
      const key = `id ${id}`;
      return this.#remembered(key, version) ?? this.#take(key, version, this.#lookup.readToken(id), () => undefined);
    });
  }

  #proveToken(text: string, version: number): Awaitable<Proof> {
    const remembered = this.#remembered(text, version);
    if (remembered !== undefined) {
      return remembered;
    }
    const parts = readTokenText(text);
    if (parts === undefined) {
      throw new Unauthenticated("the token is not of the form ofl_ID_SECRET", "invalid");
    }
    return this.#take(text, version, this.#lookup.readToken(parts.id), (found) => tokenFault(parts.secret, found));
  }

  #remembered(key: string, version: number): Proof | undefined {
    if (version !== this.#version) {
      this.#version = version;
      this.#proofs.clear();
      this.#refusals.clear();
    }
    const now = this.#clock();
    const proof = this.#proofs.get(key);
    if (proof !== undefined && now < proof.expiresAt) {
      this.#uses.note(proof, now);
      return proof;
    }
    const refusal = this.#refusals.get(key);
    if (refusal !== undefined) {
      throw refusal;
    }
    return undefined;
  }

  #take(
    key: string,
    version: number,
    reading: Awaitable<StoredToken | undefined>,
    faultOf: (found: StoredToken | undefined) => string | undefined,
  ): Awaitable<Proof> {
    return whenReady(reading, (found) => {
      const now = this.#clock();
      const fault = faultOf(found) ?? (found && faultAt(now, found));
      if (found === undefined || fault !== undefined) {
        const refusal = new Unauthenticated(fault ?? "the token is not known", "invalid");
        if (version === this.#version) {
          this.#refusals.set(key, refusal);
        }
        throw refusal;
      }
      const proof = new TokenProof(this.#lookup, found, version);
      // Where a token has changed while this one was read, it may have been this one.
      if (version === this.#version) {
        this.#proofs.set(key, proof);
      }
      this.#uses.note(proof, now);
      return proof;
    });
  }
}

/** Good for as long as no token changes, and the token lasts. */
class TokenProof implements Proof, Usable {
  readonly id: string;
  readonly tokenId: string;
  readonly identity: Identity;
  readonly source: string;
  readonly expiresAt: number;
  notedAt: number;
  readonly #lookup: TokenLookup;
  readonly #version: number;

  constructor(lookup: TokenLookup, token: StoredToken, version: number) {
    const { id, kind, name, role, scope, expiresAt, lastUsedAt } = token;
    this.id = id;
    this.tokenId = id;
    this.identity = Object.freeze({ name, role, scope });
    this.source = `${kind} ${id}`;
    this.expiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
    this.notedAt = lastUsedAt ?? Number.NEGATIVE_INFINITY;
    this.#lookup = lookup;
    this.#version = version;
  }

  holds(now: number): boolean {
    return now < this.expiresAt && this.#lookup.seenTokenVersion() === this.#version;
  }
}

// Only who knows the secret learns more than that.
function tokenFault(secret: string, found: StoredToken | undefined): string | undefined {
  return found?.hash !== undefined && isSecretOf(secret, found.hash) ? undefined : "the token is not known";
}

function certificateFault(name: string, found: StoredToken | undefined): string | undefined {
  return found === undefined ? `the certificate ${quote(name)} is not known` : undefined;
}

function faultAt(now: number, { kind, revokedAt, expiresAt }: StoredToken): string | undefined {
  if (revokedAt !== undefined) {
    return `the ${kind} was revoked`;
  }
  if (expiresAt !== undefined && now >= expiresAt) {
    return `the ${kind} expired at ${new Date(expiresAt).toISOString()}`;
  }
  return undefined;
}
