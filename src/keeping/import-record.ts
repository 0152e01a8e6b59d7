import { type FieldViolation, invalidArgument } from "../domain/errors.ts";
import type { FeatureState } from "../domain/feature.ts";
import type { OverrideState, ScheduledSetting, Setting } from "../domain/override.ts";
import { checkDescription, checkFeatureKey, checkOrgId } from "../domain/validation.ts";
import { type ExportScope, exportVersion } from "./export-record.ts";
import { Members } from "./members.ts";

/** What a line behind the first one says. */
export type ImportRecord =
  | { readonly kind: "feature"; readonly featureKey: string; readonly state: FeatureState }
  | { readonly kind: "override"; readonly orgId: string; readonly featureKey: string; readonly state: OverrideState }
  /** A change that was, which is not made again. */
  | { readonly kind: "change" }
  | { readonly kind: "end" };

/** Reads the first line; throws `INVALID_ARGUMENT`. */
export function readHead(text: string): ExportScope {
  const head = Members.of(parse(text), "", ["orgflags_export", "org_id", "feature_key"]);
  if (!head.isNumber("orgflags_export", exportVersion)) {
    const description = `must be ${exportVersion}; the first line of an export is {"orgflags_export":${exportVersion}}`;
    throw invalidArgument([{ field: "orgflags_export", description }]);
  }
  return {
    orgId: head.has("org_id") ? head.checked("org_id", checkOrgId) : undefined,
    featureKey: head.has("feature_key") ? head.checked("feature_key", checkFeatureKey) : undefined,
  };
}

/** Reads a line behind the first one; throws `INVALID_ARGUMENT`. */
export function readRecord(text: string): ImportRecord {
  const value = parse(text);
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  switch (kind) {
    case "feature":
      return readFeature(value);
    case "override":
      return readOverride(value);
    case "change":
      return { kind };
    case "end":
      Members.of(value, "", ["kind"]);
      return { kind };
    default:
      throw invalidArgument([{ field: "kind", description: "must be feature, override, change or end" }]);
  }
}

function readFeature(value: unknown): ImportRecord {
  const feature = Members.of(value, "", ["kind", "feature_key", "description", "default_enabled", "archived"]);
  return {
    kind: "feature",
    featureKey: feature.checked("feature_key", checkFeatureKey),
    state: {
      description: feature.checked("description", checkDescription, ""),
      defaultEnabled: feature.boolean("default_enabled"),
      archived: feature.boolean("archived", false),
    },
  };
}

function readOverride(value: unknown): ImportRecord {
  const known = ["kind", "org_id", "feature_key", "enabled", "expires_at", "scheduled"];
  const override = Members.of(value, "", known);
  const setting = override.has("enabled") || override.has("expires_at") ? readSetting(override) : undefined;
  const scheduled = override.has("scheduled")
    ? readScheduled(override.members("scheduled", ["enabled", "starts_at", "expires_at"]))
    : undefined;
  requireThat(setting !== undefined || scheduled !== undefined, {
    field: "enabled",
    description: "is required, unless there is scheduled",
  });
  return {
    kind: "override",
    orgId: override.checked("org_id", checkOrgId),
    featureKey: override.checked("feature_key", checkFeatureKey),
    state: { setting, scheduled },
  };
}

function readSetting(members: Members): Setting {
  return { enabled: members.boolean("enabled"), expiresAt: members.optionalTime("expires_at") };
}

function readScheduled(members: Members): ScheduledSetting {
  const scheduled = { ...readSetting(members), startsAt: members.time("starts_at") };
  requireThat(scheduled.expiresAt === undefined || scheduled.expiresAt > scheduled.startsAt, {
    field: "scheduled.expires_at",
    description: "must be after scheduled.starts_at",
  });
  return scheduled;
}

function lineFault(text: string): string {
  if (text.startsWith("\ufeff")) {
    return "begins with a byte order mark; save the text as UTF-8 without one";
  }
  return text.trim() === "" ? "is empty; remove it" : "must be JSON";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidArgument([{ field: "the line", description: lineFault(text) }]);
  }
}

function requireThat(holds: boolean, violation: FieldViolation): void {
  if (!holds) {
    throw invalidArgument([violation]);
  }
}
