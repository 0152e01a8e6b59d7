import type { Scope } from "./access.ts";

/** A setting and how long it holds. */
export interface Setting {
  readonly enabled: boolean;
  /** When it ends by itself, in milliseconds since 1970, UTC; undefined for never. */
  readonly expiresAt: number | undefined;
}

/** A setting that begins by itself. */
export interface ScheduledSetting extends Setting {
  /** When, in milliseconds since 1970, UTC. */
  readonly startsAt: number;
}

/** What is stored of one organisation and one feature: an override, the plan of one, or both. */
export interface OverrideState {
  readonly setting: Setting | undefined;
  readonly scheduled: ScheduledSetting | undefined;
}

/** One organisation's own setting of one feature. */
export interface Override extends Setting {
  readonly orgId: string;
  readonly featureKey: string;
  /** When it last became this, in milliseconds since 1970, UTC. */
  readonly updatedAt: number;
}

/** A setting to make: now where `startsAt` is undefined. Times are milliseconds since 1970, UTC. */
export interface NewSetting extends Setting {
  readonly startsAt: number | undefined;
}

/** A setting, or with `setting: undefined` a reset, of one organisation's feature. */
export interface OverrideUpdate {
  readonly orgId: string;
  readonly featureKey: string;
  readonly setting: NewSetting | undefined;
  /** Where the update stands in its request, for errors: empty, or a prefix such as `updates[3].`. */
  readonly at: string;
}

/** What an update came to. */
export interface OverrideOutcome {
  /** Whether anything changed. */
  readonly changed: boolean;
  /** The effective state afterwards. */
  readonly enabled: boolean;
  /** The time of the write, in milliseconds since 1970, UTC; of a setting that changed nothing, the time it was set. */
  readonly time: number;
}

/** Which overrides to list: absent filters let everything pass, those given must all hold. */
export interface OverrideQuery {
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
  readonly enabled: boolean | undefined;
  /** Only what this lets be seen; all where it is absent. */
  readonly scope?: Scope | undefined;
  /** How many to skip, in the order of `org_id`, then `feature_key`, both bytewise. */
  readonly offset: number;
  readonly limit: number;
}

/** One page of overrides, and how many there are on all pages. */
export interface OverridePage {
  readonly overrides: readonly Override[];
  readonly total: number;
}

/** How many organisations have an override of a feature, by its setting. */
export interface OverrideCounts {
  readonly enabled: number;
  readonly disabled: number;
}

/** Whether two settings are the same and hold as long. */
export function sameSetting(a: Setting | undefined, b: Setting | undefined): boolean {
  return a?.enabled === b?.enabled && a?.expiresAt === b?.expiresAt;
}

/** Whether two plans are the same. */
export function samePlan(a: ScheduledSetting | undefined, b: ScheduledSetting | undefined): boolean {
  return a?.startsAt === b?.startsAt && sameSetting(a, b);
}

/** What is left of a state at a time, in milliseconds since 1970, UTC: what ended or began by then is gone. */
export function remainsAt({ setting, scheduled }: OverrideState, time: number): OverrideState | undefined {
  const hasEnded = setting?.expiresAt !== undefined && setting.expiresAt <= time;
  const remains = {
    setting: hasEnded ? undefined : setting,
    scheduled: scheduled !== undefined && scheduled.startsAt <= time ? undefined : scheduled,
  };
  return remains.setting === undefined && remains.scheduled === undefined ? undefined : remains;
}

/** A state in which the parts that are the same as before are the same objects. */
export function keepingSame(
  before: OverrideState | undefined,
  after: OverrideState | undefined,
): OverrideState | undefined {
  return (
    after && {
      setting: sameSetting(before?.setting, after.setting) ? before?.setting : after.setting,
      scheduled: samePlan(before?.scheduled, after.scheduled) ? before?.scheduled : after.scheduled,
    }
  );
}
