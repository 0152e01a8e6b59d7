import { type CryptoKey, createRemoteJWKSet, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";
import { JWKSMultipleMatchingKeys, JWKSNoMatchingKey } from "jose/errors";
import { DomainError } from "../../domain/errors.ts";
import type { JwtOptions } from "./jwt-options.ts";
import { KeyFile, type KeyFileOptions } from "./key-file.ts";

/** Finds the key that a token names; throws errors of jose where there is none, `UNAVAILABLE` where nobody can say. */
export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** How keys are looked for. */
export interface JwtKeyOptions extends KeyFileOptions {
  /** How long an issuer that gave no keys is not asked again, and after which time a key that is not known is asked for. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 5000;
const fetchMs = 5000;
const discoveryPath = ".well-known/openid-configuration";

/** Finds keys where the options say they are. Throws JwtKeyFileError for a file that can't be used. */
export function findKeyIn({ issuer, keys }: Pick<JwtOptions, "issuer" | "keys">, options: JwtKeyOptions): FindKey {
  if (typeof keys === "string") {
    const file = new KeyFile(keys, options);
    return (header, token) => file.find(header, token);
  }
  const { patienceMs = defaultPatienceMs } = options;
  const remote = new RemoteKeys(keys === undefined ? () => discover(issuer) : async () => keys, patienceMs);
  return (header, token) => remote.find(header, token);
}

/** Keys by URL, which jose fetches and keeps; an issuer that is away is asked again after a while, not by every call. */
class RemoteKeys {
  readonly #locate: () => Promise<URL>;
  readonly #patienceMs: number;
  #keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  #isFresh = () => false;
  #failed: { readonly error: DomainError; readonly at: number } | undefined;

  constructor(locate: () => Promise<URL>, patienceMs: number) {
    this.#locate = locate;
    this.#patienceMs = patienceMs;
  }

  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#failed !== undefined && !this.#isFresh() && performance.now() - this.#failed.at < this.#patienceMs) {
      throw this.#failed.error;
    }
    try {
      this.#keys ??= this.#open();
      const key = await (await this.#keys)(header, token);
      this.#failed = undefined;
      return key;
    } catch (error) {
      if (error instanceof JWKSNoMatchingKey || error instanceof JWKSMultipleMatchingKeys) {
        throw error;
      }
      throw this.#fail(error);
    }
  }

  async #open(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    try {
      const options = { timeoutDuration: fetchMs, cooldownDuration: this.#patienceMs };
      const keys = createRemoteJWKSet(await this.#locate(), options);
      this.#isFresh = () => keys.fresh;
      return keys;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  #fail(cause: unknown): DomainError {
    this.#failed = { error: unavailable(), at: performance.now() };
    const error = unavailable();
    // For the log, once: callers learn nothing of the network.
    error.cause = cause;
    return error;
  }
}

function unavailable(): DomainError {
  return new DomainError("UNAVAILABLE", "the keys of the issuer of JWTs can't be had now; try again later");
}

/** Where an issuer says that its keys are (OpenID Connect Discovery 1.0, 4). */
async function discover(issuer: string): Promise<URL> {
  const url = new URL(discoveryPath, issuer.endsWith("/") ? issuer : `${issuer}/`);
  const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(fetchMs) });
  if (!answer.ok) {
    throw new Error(`${url} answered ${answer.status}`);
  }
  const document: { issuer?: unknown; jwks_uri?: unknown } = (await answer.json()) ?? {};
  if (document.issuer !== issuer) {
    throw new Error(`${url} is of the issuer ${JSON.stringify(document.issuer)}, not of ${issuer}`);
  }
  if (typeof document.jwks_uri !== "string" || !URL.canParse(document.jwks_uri)) {
    throw new Error(`${url} has no jwks_uri`);
  }
  return new URL(document.jwks_uri);
}
