import type { FeatureState } from "../../domain/feature.ts";
import type { OverrideState } from "../../domain/override.ts";

interface SettingText {
  readonly enabled: boolean;
  readonly expires_at?: number;
}

interface OverrideStateText extends Partial<SettingText> {
  readonly scheduled?: SettingText & { readonly starts_at: number };
}

interface FeatureStateText {
  readonly description: string;
  readonly default_enabled: boolean;
  readonly archived: boolean;
}

/** Writes what a change holds of a feature. */
export function featureStateToText(state: FeatureState | undefined): string | null {
  if (state === undefined) {
    return null;
  }
  const { description, defaultEnabled, archived } = state;
  return JSON.stringify({ description, default_enabled: defaultEnabled, archived } satisfies FeatureStateText);
}

/** Reads what a change holds of a feature. */
export function featureStateFromText(text: string | null): FeatureState | undefined {
  if (text === null) {
    return undefined;
  }
  // Written by featureStateToText alone.
  const { description, default_enabled, archived } = JSON.parse(text) as FeatureStateText;
  return { description, defaultEnabled: default_enabled, archived };
}

/** Writes what a change holds of an override and its plan; members that are undefined are left out. */
export function overrideStateToText(state: OverrideState | undefined): string | null {
  if (state === undefined) {
    return null;
  }
  const { setting, scheduled } = state;
  return JSON.stringify({
    enabled: setting?.enabled,
    expires_at: setting?.expiresAt,
    scheduled: scheduled && {
      enabled: scheduled.enabled,
      starts_at: scheduled.startsAt,
      expires_at: scheduled.expiresAt,
    },
  });
}

/** Reads what a change holds of an override and its plan. */
export function overrideStateFromText(text: string | null): OverrideState | undefined {
  if (text === null) {
    return undefined;
  }
  // Written by overrideStateToText and by ChangeLog.overridesRemoved, in the same form.
  const { enabled, expires_at, scheduled } = JSON.parse(text) as OverrideStateText;
  return {
    setting: enabled === undefined ? undefined : { enabled, expiresAt: expires_at },
    scheduled: scheduled && {
      enabled: scheduled.enabled,
      startsAt: scheduled.starts_at,
      expiresAt: scheduled.expires_at,
    },
  };
}
