import { makeToken, makeTokenId } from "../src/auth/token-text.ts";
import { everything, type Role, type Scope } from "../src/domain/access.ts";
import type { NewToken, Token } from "../src/domain/token.ts";
import { SqliteTokenRegistry } from "../src/storage/sqlite/token-registry.ts";

type Place = { readonly databaseFile: string };

/** Makes a token in the database of a service, as another process does; answers its text. */
export function tokenFor(place: Place, role: Role, given: Partial<NewToken> = {}): string {
  const { text, id, hash } = makeToken();
  keep(place, {
    id,
    kind: "token",
    name: `token:${id}`,
    role,
    scope: everything,
    expiresAt: undefined,
    hash,
    ...given,
  });
  return text;
}

/** Lets a certificate in. */
export function certificateFor(place: Place, name: string, role: Role): Token {
  const id = makeTokenId();
  return keep(place, { id, kind: "certificate", name, role, scope: everything, expiresAt: undefined, hash: undefined });
}

/** Revokes a token by its text. */
export function revoke({ databaseFile }: Place, text: string): void {
  const tokens = SqliteTokenRegistry.open(databaseFile, Date.now);
  tokens.revokeToken(text.split("_")[1] ?? "");
  tokens.close();
}

/** What is kept of a token. */
export function kept({ databaseFile }: Place, text: string): Token | undefined {
  const tokens = SqliteTokenRegistry.open(databaseFile, Date.now);
  const all = tokens.listTokens();
  tokens.close();
  return all.find(({ id }) => id === text.split("_")[1]);
}

/** The header that shows a token. */
export function bearer(text: string): { authorization: string } {
  return { authorization: `Bearer ${text}` };
}

/** A scope of organisations, or of features. */
export function only(kind: "orgIds" | "featureKeys", ...names: readonly string[]): Scope {
  return { orgIds: undefined, featureKeys: undefined, [kind]: new Set(names) };
}

function keep({ databaseFile }: Place, token: NewToken): Token {
  const tokens = SqliteTokenRegistry.open(databaseFile, Date.now);
  try {
    return tokens.createToken(token);
  } finally {
    tokens.close();
  }
}
