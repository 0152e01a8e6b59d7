import { isInScope } from "../../domain/access.ts";
import type { Call } from "../../domain/call.ts";
import { DomainError } from "../../domain/errors.ts";
import { isEnabled } from "../../domain/evaluation.ts";
import type { FeatureState } from "../../domain/feature.ts";
import {
  type NewSetting,
  type OverrideOutcome,
  type OverrideState,
  type OverrideUpdate,
  samePlan,
  sameSetting,
} from "../../domain/override.ts";
import { checkTimes, requireValid } from "../../domain/validation.ts";
import type { DeletedOverrides } from "../store.ts";
import type { ChangeLog } from "./change-log.ts";
import type { FeatureWrites } from "./feature-writes.ts";
import type { OverrideStates, StoredState } from "./override-states.ts";

/** The writes that are about overrides, inside a transaction. */
export class OverrideWrites {
  readonly #log: ChangeLog;
  readonly #features: FeatureWrites;
  readonly #states: OverrideStates;

  constructor(log: ChangeLog, features: FeatureWrites, states: OverrideStates) {
    this.#log = log;
    this.#features = features;
    this.#states = states;
  }

  createOverride(orgId: string, featureKey: string, setting: NewSetting, call: Call): OverrideOutcome {
    requireValid(...checkTimes("", setting, this.#log.time));
    const feature = this.#features.forSetting(featureKey, "", call);
    const stored = this.#states.get(orgId, featureKey);
    if (stored?.state.setting !== undefined) {
      throw exists(orgId, featureKey, "an override");
    }
    if (stored?.state.scheduled !== undefined && setting.startsAt !== undefined) {
      throw exists(orgId, featureKey, "a scheduled setting");
    }
    return this.#set({ orgId, featureKey, setting }, stored, feature, call);
  }

  updateOverrides(updates: readonly OverrideUpdate[], call: Call): OverrideOutcome[] {
    const { time } = this.#log;
    requireValid(...updates.flatMap(({ setting, at }) => (setting === undefined ? [] : checkTimes(at, setting, time))));
    return updates.map(({ orgId, featureKey, setting, at }) => {
      if (setting === undefined) {
        const feature = this.#features.forReset(featureKey, at);
        return { ...this.#reset(orgId, featureKey, call), enabled: feature.defaultEnabled };
      }
      const feature = this.#features.forSetting(featureKey, at, call);
      return this.#set({ orgId, featureKey, setting }, this.#states.get(orgId, featureKey), feature, call);
    });
  }

  deleteOverrides(orgId: string, call: Call): DeletedOverrides {
    const { scope } = call;
    const stored = this.#states.ofOrganisation(orgId).filter(({ featureKey }) => {
      return scope === undefined || isInScope(scope, orgId, featureKey);
    });
    for (const { featureKey, state } of stored) {
      this.#states.replace(orgId, featureKey, state, undefined, call);
    }
    return { count: stored.length, time: this.#log.time };
  }

  #set(
    { orgId, featureKey, setting }: { orgId: string; featureKey: string; setting: NewSetting },
    stored: StoredState | undefined,
    feature: FeatureState,
    call: Call,
  ): OverrideOutcome {
    const after = withSetting(stored?.state, setting);
    const enabled = isEnabled(feature, after.setting?.enabled);
    if (stored?.state.setting === after.setting && stored?.state.scheduled === after.scheduled) {
      // Both dates are there: what was asked for is stored already.
      const time = (setting.startsAt === undefined ? stored?.updatedAt : stored?.plannedAt) ?? this.#log.time;
      return { changed: false, enabled, time };
    }
    this.#states.replace(orgId, featureKey, stored?.state, after, call);
    return { changed: true, enabled, time: this.#log.time };
  }

  #reset(orgId: string, featureKey: string, call: Call): { changed: boolean; time: number } {
    const stored = this.#states.get(orgId, featureKey);
    if (stored !== undefined) {
      this.#states.replace(orgId, featureKey, stored.state, undefined, call);
    }
    return { changed: stored !== undefined, time: this.#log.time };
  }
}

/** The state with a new setting, or with a new plan where it begins later. What is the same stays the same object. */
function withSetting(before: OverrideState | undefined, { enabled, expiresAt, startsAt }: NewSetting): OverrideState {
  if (startsAt === undefined) {
    const setting = { enabled, expiresAt };
    return { setting: sameSetting(before?.setting, setting) ? before?.setting : setting, scheduled: before?.scheduled };
  }
  const scheduled = { enabled, startsAt, expiresAt };
  return {
    setting: before?.setting,
    scheduled: samePlan(before?.scheduled, scheduled) ? before?.scheduled : scheduled,
  };
}

function exists(orgId: string, featureKey: string, what: string): DomainError {
  const message = `the organisation "${orgId}" has ${what} of "${featureKey}" already; update it instead`;
  return new DomainError("ALREADY_EXISTS", message);
}
