import type { Role, Scope } from "../../domain/access.ts";
import { everything } from "../../domain/access.ts";
import type { StoredToken, TokenKind } from "../../domain/token.ts";

/** A row of `tokens`. */
export interface TokenRow {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly role: Role;
  readonly org_ids: string | null;
  readonly feature_keys: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly revoked_at: number | null;
  readonly hash: Uint8Array | null;
}

/** Reads a row of `tokens`. */
export function tokenFromRow(row: TokenRow): StoredToken {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    role: row.role,
    scope: scopeFromTexts(row.org_ids, row.feature_keys),
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    hash: row.hash ?? undefined,
  };
}

/** Writes one side of a scope; null for all. */
export function textOfNames(names: ReadonlySet<string> | undefined): string | null {
  return names === undefined ? null : JSON.stringify([...names]);
}

function scopeFromTexts(orgIds: string | null, featureKeys: string | null): Scope {
  return orgIds === null && featureKeys === null
    ? everything
    : Object.freeze({ orgIds: namesFromText(orgIds), featureKeys: namesFromText(featureKeys) });
}

function namesFromText(text: string | null): ReadonlySet<string> | undefined {
  return text === null ? undefined : new Set<string>(JSON.parse(text));
}
