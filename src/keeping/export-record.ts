import type { Change } from "../domain/change.ts";
import type { FeatureState } from "../domain/feature.ts";
import type { OverrideState, ScheduledSetting, Setting } from "../domain/override.ts";

/** The version of the form of exports, which their first line names. */
export const exportVersion = 1;

/** What an export is of: all where nothing is named. */
export interface ExportScope {
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
}

/** The first line. */
export function headRecord({ orgId, featureKey }: ExportScope): object {
  return { orgflags_export: exportVersion, org_id: orgId, feature_key: featureKey };
}

/** The last line, which says that none is missing. */
export const endRecord: object = { kind: "end" };

/** The line of a feature. */
export function featureRecord(featureKey: string, state: FeatureState): object {
  return { kind: "feature", feature_key: featureKey, ...featureMembers(state) };
}

/** The line of an override, of the plan of one, or of both. */
export function overrideRecord(orgId: string, featureKey: string, state: OverrideState): object {
  return { kind: "override", org_id: orgId, feature_key: featureKey, ...overrideMembers(state) };
}

/** The line of a change. */
export function changeRecord(change: Change): object {
  const { kind, revision, time, actor, reason, featureKey } = change;
  const about = kind === "override" ? { org_id: change.orgId, feature_key: featureKey } : { feature_key: featureKey };
  const states =
    kind === "override"
      ? {
          before: change.before && overrideMembers(change.before),
          after: change.after && overrideMembers(change.after),
        }
      : { before: change.before && featureMembers(change.before), after: change.after && featureMembers(change.after) };
  return { kind: "change", revision, time: timeText(time), actor, reason, ...about, ...states };
}

/** What lines say of a feature. */
export function featureMembers({ description, defaultEnabled, archived }: FeatureState): object {
  return { description, default_enabled: defaultEnabled, archived };
}

/** What lines say of an override and its plan; what is undefined is left out of the text. */
export function overrideMembers({ setting, scheduled }: OverrideState): object {
  return { ...(setting && settingMembers(setting)), scheduled: scheduled && scheduledMembers(scheduled) };
}

function settingMembers({ enabled, expiresAt }: Setting): object {
  return { enabled, expires_at: timeText(expiresAt) };
}

function scheduledMembers({ enabled, startsAt, expiresAt }: ScheduledSetting): object {
  return { enabled, starts_at: timeText(startsAt), expires_at: timeText(expiresAt) };
}

function timeText(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
