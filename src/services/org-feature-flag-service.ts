import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  BatchUpdateOrgFeatureFlagsRequest,
  BatchUpdateOrgFeatureFlagsResponseSchema,
  CheckOrgFeatureFlagRequest,
  CheckOrgFeatureFlagResponseSchema,
  CreateOrgFeatureFlagRequest,
  CreateOrgFeatureFlagResponseSchema,
  DeleteOrgFeatureFlagsRequest,
  DeleteOrgFeatureFlagsResponseSchema,
  GetOrgFeatureFlagsRequest,
  GetOrgFeatureFlagsResponseSchema,
  ListOrgFeatureFlagsRequest,
  ListOrgFeatureFlagsResponseSchema,
  OrgFeatureFlagUpdate,
  RefreshOrgFeatureFlagsRequest,
  RefreshOrgFeatureFlagsResponseSchema,
  ResetOrgFeatureFlagRequest,
  ResetOrgFeatureFlagResponseSchema,
  UpdateOrgFeatureFlagRequest,
  UpdateOrgFeatureFlagResponseSchema,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call, Conditional } from "../domain/call.ts";
import type { FieldViolation } from "../domain/errors.ts";
import type { OverrideOutcome, OverrideUpdate } from "../domain/override.ts";
import {
  checkFeatureKey,
  checkOrgId,
  checkPresent,
  checkRange,
  isFeatureKey,
  isOrgId,
  requireValid,
} from "../domain/validation.ts";
import type { Flags } from "../flags/flags.ts";

const defaultLimit = 20;
const maxLimit = 100;
const maxPage = 2 ** 31 - 1;
const maxUpdates = 1000;
const acceptedEnabled = "true or false";

/** `orgflags.v1.OrgFeatureFlagService` over the given flags. */
export class OrgFeatureFlagServiceImpl {
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  listOrgFeatureFlags(
    request: ListOrgFeatureFlagsRequest,
  ): Awaitable<MessageInitShape<typeof ListOrgFeatureFlagsResponseSchema>> {
    const { page = 1, limit = defaultLimit, orgId, featureKey, enabled } = request;
    requireValid(
      checkRange("page", page, 1, maxPage),
      checkRange("limit", limit, 1, maxLimit),
      orgId === undefined ? undefined : checkOrgId("org_id", orgId),
      featureKey === undefined ? undefined : checkFeatureKey("feature_key", featureKey),
    );
    const query = { orgId, featureKey, enabled, limit, offset: (page - 1) * limit };
    return whenReady(this.#flags.listOverrides(query), ({ overrides, total }) => ({
      data: overrides.map((override) => ({ ...override, updatedAt: timestampFromMs(override.updatedAt) })),
      pagination: { page, limit, total },
    }));
  }

  getOrgFeatureFlags(
    { orgId }: GetOrgFeatureFlagsRequest,
    _call: Call,
    conditional: Conditional,
  ): Awaitable<MessageInitShape<typeof GetOrgFeatureFlagsResponseSchema>> {
    requireOrgId(orgId);
    return whenReady(this.#flags.effective(orgId), (effective) => {
      return conditional.holds(effective.version)
        ? {}
        : { orgId, flags: effective.toRecord(), refreshedAt: timestampFromMs(effective.refreshedAt) };
    });
  }

  async createOrgFeatureFlag(
    { orgId, featureKey, enabled }: CreateOrgFeatureFlagRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof CreateOrgFeatureFlagResponseSchema>> {
    const setting = requireSetting(orgId, featureKey, enabled);
    const { time } = await this.#flags.createOverride(orgId, featureKey, setting, call);
    return { orgId, featureKey, enabled: setting, createdAt: timestampFromMs(time) };
  }

  async updateOrgFeatureFlag(
    { orgId, featureKey, enabled }: UpdateOrgFeatureFlagRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof UpdateOrgFeatureFlagResponseSchema>> {
    const setting = requireSetting(orgId, featureKey, enabled);
    const { time } = await this.#updateOne({ orgId, featureKey, enabled: setting, at: "" }, call);
    return { orgId, featureKey, enabled: setting, updatedAt: timestampFromMs(time) };
  }

  async deleteOrgFeatureFlags(
    { orgId }: DeleteOrgFeatureFlagsRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof DeleteOrgFeatureFlagsResponseSchema>> {
    requireOrgId(orgId);
    const { count, time } = await this.#flags.deleteOverrides(orgId, call);
    const deleted = count > 0;
    return { orgId, deleted, ...(deleted && { deletedAt: timestampFromMs(time) }) };
  }

  checkOrgFeatureFlag(
    { orgId, featureKey }: CheckOrgFeatureFlagRequest,
    _call: Call,
    conditional: Conditional,
  ): Awaitable<MessageInitShape<typeof CheckOrgFeatureFlagResponseSchema>> {
    requireOrgAndFeature(orgId, featureKey);
    return whenReady(this.#flags.check(orgId, featureKey), (enabled) => {
      return conditional.holds(enabled ? "on" : "off") ? {} : { orgId, featureKey, enabled };
    });
  }

  refreshOrgFeatureFlags({
    orgId,
  }: RefreshOrgFeatureFlagsRequest): Awaitable<MessageInitShape<typeof RefreshOrgFeatureFlagsResponseSchema>> {
    requireOrgId(orgId);
    return whenReady(this.#flags.refresh(orgId), (effective) => ({
      orgId,
      refreshedAt: timestampFromMs(effective.refreshedAt),
      flags: effective.toRecord(),
    }));
  }

  async resetOrgFeatureFlag(
    { orgId, featureKey }: ResetOrgFeatureFlagRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof ResetOrgFeatureFlagResponseSchema>> {
    requireOrgAndFeature(orgId, featureKey);
    const update = { orgId, featureKey, enabled: undefined, at: "" };
    const { changed, enabled, time } = await this.#updateOne(update, call);
    return { orgId, featureKey, enabled, reset: changed, ...(changed && { resetAt: timestampFromMs(time) }) };
  }

  async batchUpdateOrgFeatureFlags(
    { updates }: BatchUpdateOrgFeatureFlagsRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof BatchUpdateOrgFeatureFlagsResponseSchema>> {
    requireValid(checkUpdateCount(updates.length));
    requireValid(...updates.flatMap(checkUpdate), ...checkDistinct(updates));
    const outcomes = await this.#flags.updateOverrides(updates.map(overrideUpdate), call);
    return {
      results: updates.map(({ orgId, featureKey, action }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) {
          throw new Error(`the store answered ${outcomes.length} outcomes for ${updates.length} updates`);
        }
        const { enabled, changed, time } = outcome;
        const set = action.case === "enabled";
        return { orgId, featureKey, enabled, changed, ...(set && { updatedAt: timestampFromMs(time) }) };
      }),
    };
  }

  async #updateOne(update: OverrideUpdate, call: Call): Promise<OverrideOutcome> {
    const [outcome] = await this.#flags.updateOverrides([update], call);
    if (outcome === undefined) {
      throw new Error("the store answered no outcome for one update");
    }
    return outcome;
  }
}

function requireOrgId(orgId: string): void {
  if (!isOrgId(orgId)) {
    requireValid(checkOrgId("org_id", orgId));
  }
}

function requireOrgAndFeature(orgId: string, featureKey: string): void {
  if (!isOrgId(orgId) || !isFeatureKey(featureKey)) {
    requireValid(checkOrgId("org_id", orgId), checkFeatureKey("feature_key", featureKey));
  }
}

function requireSetting(orgId: string, featureKey: string, enabled: boolean | undefined): boolean {
  requireValid(
    checkOrgId("org_id", orgId),
    checkFeatureKey("feature_key", featureKey),
    checkPresent("enabled", enabled, acceptedEnabled),
  );
  return enabled === true;
}

function checkUpdateCount(count: number): FieldViolation | undefined {
  return count >= 1 && count <= maxUpdates
    ? undefined
    : { field: "updates", description: `must have 1 to ${maxUpdates.toLocaleString("en")} entries; got ${count}` };
}

function checkUpdate({ orgId, featureKey, action }: OrgFeatureFlagUpdate, index: number) {
  const at = place(index);
  return [
    checkOrgId(`${at}org_id`, orgId),
    checkFeatureKey(`${at}feature_key`, featureKey),
    checkPresent(`${at}enabled`, action.case, `${acceptedEnabled}, or "reset": true in its place`),
    action.case === "reset" && !action.value
      ? { field: `${at}reset`, description: "must be true; give enabled instead to set the override" }
      : undefined,
  ];
}

function checkDistinct(updates: readonly OrgFeatureFlagUpdate[]): FieldViolation[] {
  const first = new Map<string, number>();
  return updates.flatMap(({ orgId, featureKey }, index) => {
    // No valid id holds a slash.
    const name = `${orgId}/${featureKey}`;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const description = `must name another organisation or feature than updates[${earlier}] does`;
    return [{ field: `updates[${index}]`, description }];
  });
}

function overrideUpdate({ orgId, featureKey, action }: OrgFeatureFlagUpdate, index: number): OverrideUpdate {
  return { orgId, featureKey, enabled: action.case === "enabled" ? action.value : undefined, at: place(index) };
}

function place(index: number): string {
  return `updates[${index}].`;
}
