import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { type CryptoKey, createLocalJWKSet, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";
import { JwtKeyFileError } from "./jwt-options.ts";

type Keys = ReturnType<typeof createLocalJWKSet>;

/** Who is told what. */
export interface KeyFileOptions {
  /** Told why a file that has changed is not taken; what it held before goes on counting. */
  readonly onBadFile: (error: Error) => void;
}

/** Keys in a file, which is read again where it has changed when a key is looked for. */
export class KeyFile {
  readonly #path: string;
  readonly #options: KeyFileOptions;
  #keys: Keys;
  #sign = "";

  /** Throws JwtKeyFileError where the file can't be used. */
  constructor(path: string, options: KeyFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#keys = readKeys(path);
  }

  /** Finds a key; throws errors of jose. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    await this.#follow();
    return this.#keys(header, token);
  }

  async #follow(): Promise<void> {
    const sign = await signOf(this.#path);
    if (sign === this.#sign) {
      return;
    }
    // Noted before it is read: what changes meanwhile is read again.
    this.#sign = sign;
    try {
      this.#keys = readKeys(this.#path);
    } catch (error) {
      this.#options.onBadFile(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Another one where the file is another one, or has changed. */
async function signOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readKeys(path: string): Keys {
  try {
    const keys = JSON.parse(readFileSync(path, "utf8"));
    requirePublic(keys);
    return createLocalJWKSet(keys);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JwtKeyFileError(`the file of JWT keys ${path} can't be used: ${why}`, { cause: error });
  }
}

/** Keys that sign have no place here, and a shared secret would let everybody who verifies sign, too. */
function requirePublic(set: { readonly keys?: unknown } | null): void {
  const keys: unknown = set?.keys;
  if (!Array.isArray(keys)) {
    throw new Error('expected a JSON Web Key Set: {"keys":[...]}');
  }
  if (keys.some((key) => key !== null && typeof key === "object" && ("d" in key || key.kty === "oct"))) {
    throw new Error("it has a private key or a secret; give the public keys alone");
  }
}
