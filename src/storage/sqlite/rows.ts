import type { Change } from "../../domain/change.ts";
import type { Feature } from "../../domain/feature.ts";
import type { Override, OverrideState } from "../../domain/override.ts";
import { featureStateFromText, overrideStateFromText } from "./state-text.ts";

/** A row of `features`. */
export interface FeatureRow {
  readonly feature_key: string;
  readonly description: string;
  readonly default_enabled: number;
  readonly archived: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly revision: number;
}

/** A row of `overrides`. */
export interface OverrideRow {
  readonly org_id: string;
  readonly feature_key: string;
  readonly enabled: number;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

/** An override and the plan of one, joined; the columns of what there is not are null. */
export interface OverrideStateRow {
  readonly org_id: string;
  readonly feature_key: string;
  readonly enabled: number | null;
  readonly updated_at: number | null;
  readonly expires_at: number | null;
  readonly scheduled_enabled: number | null;
  readonly starts_at: number | null;
  readonly scheduled_expires_at: number | null;
  readonly planned_at: number | null;
}

/** A row of `changes`. */
export interface ChangeRow {
  readonly revision: number;
  readonly time: number;
  readonly actor: string;
  readonly reason: string;
  readonly org_id: string | null;
  readonly feature_key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Reads a row of `features`. */
export function featureFromRow(row: FeatureRow): Feature {
  return {
    featureKey: row.feature_key,
    description: row.description,
    defaultEnabled: row.default_enabled === 1,
    archived: row.archived === 1,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Reads a row of `overrides`. */
export function overrideFromRow(row: OverrideRow): Override {
  return {
    orgId: row.org_id,
    featureKey: row.feature_key,
    enabled: row.enabled === 1,
    expiresAt: row.expires_at ?? undefined,
    updatedAt: row.updated_at,
  };
}

/** Reads what there is of one organisation and feature; undefined where there is neither override nor plan. */
export function overrideStateFromRow(row: Omit<OverrideStateRow, "org_id" | "feature_key">): OverrideState | undefined {
  if (row.enabled === null && row.starts_at === null) {
    return undefined;
  }
  return {
    setting: row.enabled === null ? undefined : settingOf(row.enabled, row.expires_at),
    scheduled:
      row.starts_at === null
        ? undefined
        : { ...settingOf(row.scheduled_enabled, row.scheduled_expires_at), startsAt: row.starts_at },
  };
}

/** Reads a row of `changes`. */
export function changeFromRow(row: ChangeRow): Change {
  const { revision, time, actor, reason, feature_key: featureKey, org_id: orgId, before, after } = row;
  const stamp = { revision, time, actor, reason, featureKey };
  return orgId === null
    ? { ...stamp, kind: "feature", before: featureStateFromText(before), after: featureStateFromText(after) }
    : { ...stamp, kind: "override", orgId, before: overrideStateFromText(before), after: overrideStateFromText(after) };
}

function settingOf(enabled: number | null, expiresAt: number | null) {
  return { enabled: enabled === 1, expiresAt: expiresAt ?? undefined };
}
