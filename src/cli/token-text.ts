import type { Scope } from "../domain/access.ts";
import type { Token } from "../domain/token.ts";

/** Says whom and what a scope lets see and change. */
export function scopeText({ orgIds, featureKeys }: Scope): string {
  return `${sideText("organisations", orgIds)}, ${sideText("features", featureKeys)}`;
}

/** A token as JSON, with the names of proto fields. */
export function tokenJson(token: Token): object {
  const { id, kind, name, role, scope } = token;
  return {
    id,
    kind,
    name,
    role,
    org_ids: scope.orgIds === undefined ? null : [...scope.orgIds],
    feature_keys: scope.featureKeys === undefined ? null : [...scope.featureKeys],
    created_at: timeText(token.createdAt),
    expires_at: timeText(token.expiresAt),
    last_used_at: timeText(token.lastUsedAt),
    revoked_at: timeText(token.revokedAt),
  };
}

/** Tokens as a table with a line for each, its columns as wide as they have to be. */
export function tokenTable(tokens: readonly Token[], now: number): string {
  const rows = [
    ["ID", "KIND", "NAME", "ROLE", "STATE", "LAST USED", "SCOPE"],
    ...tokens.map((token) => [
      token.id,
      token.kind,
      token.name,
      token.role,
      stateText(token, now),
      timeText(token.lastUsedAt) ?? "never",
      scopeText(token.scope),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function stateText({ revokedAt, expiresAt }: Token, now: number): string {
  if (revokedAt !== undefined) {
    return `revoked ${timeText(revokedAt)}`;
  }
  if (expiresAt === undefined) {
    return "counts";
  }
  return `${now < expiresAt ? "expires" : "expired"} ${timeText(expiresAt)}`;
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function sideText(what: string, names: ReadonlySet<string> | undefined): string {
  return names === undefined ? `all ${what}` : `${what} ${[...names].join(" ")}`;
}
