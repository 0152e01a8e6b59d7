import type { Change } from "../../domain/change.ts";
import type { Feature, FeatureState } from "../../domain/feature.ts";
import type { Override } from "../../domain/override.ts";

/** A row of `features`. */
export interface FeatureRow {
  readonly feature_key: string;
  readonly description: string;
  readonly default_enabled: number;
  readonly archived: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A row of `overrides`. */
export interface OverrideRow {
  readonly org_id: string;
  readonly feature_key: string;
  readonly enabled: number;
  readonly updated_at: number;
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Reads a row of `overrides`. */
export function overrideFromRow(row: OverrideRow): Override {
  return { orgId: row.org_id, featureKey: row.feature_key, enabled: row.enabled === 1, updatedAt: row.updated_at };
}

/** Reads a row of `changes`. */
export function changeFromRow(row: ChangeRow): Change {
  const { revision, time, actor, reason, feature_key: featureKey, org_id: orgId } = row;
  const stamp = { revision, time, actor, reason, featureKey };
  if (orgId === null) {
    return { ...stamp, kind: "feature", before: featureState(row.before), after: featureState(row.after) };
  }
  return { ...stamp, kind: "override", orgId, before: setting(row.before), after: setting(row.after) };
}

/** Writes what a change holds of a feature. */
export function featureStateToText(state: FeatureState | undefined): string | null {
  if (state === undefined) {
    return null;
  }
  const { description, defaultEnabled, archived } = state;
  return JSON.stringify({ description, default_enabled: defaultEnabled, archived });
}

/** Writes what a change holds of an override. */
export function settingToText(enabled: boolean | undefined): string | null {
  return enabled === undefined ? null : JSON.stringify({ enabled });
}

function featureState(text: string | null): FeatureState | undefined {
  if (text === null) {
    return undefined;
  }
  // Written by featureStateToText alone.
  const { description, default_enabled, archived } = JSON.parse(text) as {
    description: string;
    default_enabled: boolean;
    archived: boolean;
  };
  return { description, defaultEnabled: default_enabled, archived };
}

function setting(text: string | null): boolean | undefined {
  // Written by settingToText alone.
  return text === null ? undefined : (JSON.parse(text) as { enabled: boolean }).enabled;
}
