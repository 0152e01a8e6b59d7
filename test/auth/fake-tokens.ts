import { StoredTokens } from "../../src/auth/stored-tokens.ts";
import { makeToken } from "../../src/auth/token-text.ts";
import { UseNotes } from "../../src/auth/use-notes.ts";
import { everything } from "../../src/domain/access.ts";
import type { StoredToken, TokenLookup } from "../../src/domain/token.ts";

/** Tokens in memory, with a clock that the test turns, and what was read of them. */
export class FakeTokens implements TokenLookup {
  now = 1_000_000;
  version = 1;
  reads = 0;
  readonly noted: string[] = [];
  readonly uses = new UseNotes(
    async (uses) => void this.noted.push(...uses.map(({ id, time }) => `${id} ${time}`)),
    () => {},
  );
  readonly stored = new StoredTokens(this, this.uses, () => this.now);
  readonly #tokens = new Map<string, StoredToken>();

  tokenVersion(): number {
    return this.version;
  }

  seenTokenVersion(): number {
    return this.version;
  }

  readToken(id: string): StoredToken | undefined {
    this.reads += 1;
    return this.#tokens.get(id);
  }

  readTicketKey(): Uint8Array {
    return new Uint8Array(32);
  }

  readCertificate(name: string): StoredToken | undefined {
    this.reads += 1;
    return this.#tokens.values().find((token) => token.kind === "certificate" && token.name === name);
  }

  /** Keeps a token; answers its text. */
  add(given: Partial<StoredToken> = {}): string {
    const { id, text, hash } = makeToken();
    const never = { expiresAt: undefined, lastUsedAt: undefined, revokedAt: undefined };
    const plain = { id, kind: "token", name: "ada", role: "viewer", scope: everything, createdAt: 0, hash } as const;
    this.#tokens.set(id, { ...plain, ...never, ...given });
    this.version += 1;
    return text;
  }

  /** Changes a token that is kept. */
  change(text: string, given: Partial<StoredToken>): void {
    const id = text.split("_")[1] ?? "";
    const token = this.#tokens.get(id);
    if (token !== undefined) {
      this.#tokens.set(id, { ...token, ...given });
      this.version += 1;
    }
  }
}
