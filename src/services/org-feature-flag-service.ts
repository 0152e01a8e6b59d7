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
  DiffOrgFeatureFlagsRequest,
  DiffOrgFeatureFlagsResponseSchema,
  ExplainOrgFeatureFlagRequest,
  ExplainOrgFeatureFlagResponseSchema,
  GetOrgFeatureFlagsAtRequest,
  GetOrgFeatureFlagsAtResponseSchema,
  GetOrgFeatureFlagsRequest,
  GetOrgFeatureFlagsResponseSchema,
  ListOrgFeatureFlagsRequest,
  ListOrgFeatureFlagsResponseSchema,
  RefreshOrgFeatureFlagsRequest,
  RefreshOrgFeatureFlagsResponseSchema,
  ResetOrgFeatureFlagRequest,
  ResetOrgFeatureFlagResponseSchema,
  UpdateOrgFeatureFlagRequest,
  UpdateOrgFeatureFlagResponseSchema,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call, Conditional } from "../domain/call.ts";
import type { OverrideOutcome, OverrideUpdate } from "../domain/override.ts";
import { checkFeatureKey, checkOrgId, checkRange, requireValid } from "../domain/validation.ts";
import type { Flags } from "../flags/flags.ts";
import { diffMessage, explanationMessage, pastFlagsMessage } from "./history-messages.ts";
import {
  checkMoment,
  momentOf,
  requireOrgAndFeature,
  requireOrgId,
  requireSetting,
  requireSides,
} from "./org-feature-flag-requests.ts";
import { requireUpdates, updateResult } from "./override-batch.ts";
import { overrideMessage } from "./override-message.ts";

const defaultLimit = 20;
const maxLimit = 100;
const maxPage = 2 ** 31 - 1;

/** `orgflags.v1.OrgFeatureFlagService` over the given flags. */
export class OrgFeatureFlagServiceImpl {
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  listOrgFeatureFlags(
    request: ListOrgFeatureFlagsRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof ListOrgFeatureFlagsResponseSchema>> {
    const { page = 1, limit = defaultLimit, orgId, featureKey, enabled } = request;
    requireValid(
      checkRange("page", page, 1, maxPage),
      checkRange("limit", limit, 1, maxLimit),
      orgId === undefined ? undefined : checkOrgId("org_id", orgId),
      featureKey === undefined ? undefined : checkFeatureKey("feature_key", featureKey),
    );
    const query = { orgId, featureKey, enabled, scope, limit, offset: (page - 1) * limit };
    return whenReady(this.#flags.listOverrides(query), ({ overrides, total }) => ({
      data: overrides.map(overrideMessage),
      pagination: { page, limit, total },
    }));
  }

  getOrgFeatureFlags(
    { orgId }: GetOrgFeatureFlagsRequest,
    { scope }: Call,
    conditional: Conditional,
  ): Awaitable<MessageInitShape<typeof GetOrgFeatureFlagsResponseSchema>> {
    requireOrgId(orgId);
    return whenReady(this.#flags.effective(orgId, scope), (effective) => {
      return conditional.holds(effective.version)
        ? {}
        : { orgId, flags: effective.toRecord(), refreshedAt: timestampFromMs(effective.refreshedAt) };
    });
  }

  async createOrgFeatureFlag(
    request: CreateOrgFeatureFlagRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof CreateOrgFeatureFlagResponseSchema>> {
    const { orgId, featureKey } = request;
    const setting = requireSetting(request);
    const { enabled, time } = await this.#flags.createOverride(orgId, featureKey, setting, call);
    return { orgId, featureKey, enabled, createdAt: timestampFromMs(time) };
  }

  async updateOrgFeatureFlag(
    request: UpdateOrgFeatureFlagRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof UpdateOrgFeatureFlagResponseSchema>> {
    const { orgId, featureKey } = request;
    const setting = requireSetting(request);
    const { enabled, time } = await this.#updateOne({ orgId, featureKey, setting, at: "" }, call);
    return { orgId, featureKey, enabled, updatedAt: timestampFromMs(time) };
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

  refreshOrgFeatureFlags(
    { orgId }: RefreshOrgFeatureFlagsRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof RefreshOrgFeatureFlagsResponseSchema>> {
    requireOrgId(orgId);
    return whenReady(this.#flags.refresh(orgId, scope), (effective) => ({
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
    const update = { orgId, featureKey, setting: undefined, at: "" };
    const { changed, enabled, time } = await this.#updateOne(update, call);
    return { orgId, featureKey, enabled, reset: changed, ...(changed && { resetAt: timestampFromMs(time) }) };
  }

  async batchUpdateOrgFeatureFlags(
    { updates }: BatchUpdateOrgFeatureFlagsRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof BatchUpdateOrgFeatureFlagsResponseSchema>> {
    const asked = requireUpdates(updates);
    const outcomes = await this.#flags.updateOverrides(asked, call);
    return {
      results: asked.map((update, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) {
          throw new Error(`the store answered ${outcomes.length} outcomes for ${asked.length} updates`);
        }
        return updateResult(update, outcome);
      }),
    };
  }

  getOrgFeatureFlagsAt(
    request: GetOrgFeatureFlagsAtRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof GetOrgFeatureFlagsAtResponseSchema>> {
    const { orgId } = request;
    requireValid(checkOrgId("org_id", orgId), ...checkMoment("", request));
    return whenReady(this.#flags.effectiveAt(orgId, momentOf(request), scope), (past) => pastFlagsMessage(orgId, past));
  }

  diffOrgFeatureFlags(
    request: DiffOrgFeatureFlagsRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof DiffOrgFeatureFlagsResponseSchema>> {
    const [side, other] = requireSides(request);
    return whenReady(this.#flags.diff(side, other, scope), diffMessage);
  }

  explainOrgFeatureFlag(
    { orgId, featureKey }: ExplainOrgFeatureFlagRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof ExplainOrgFeatureFlagResponseSchema>> {
    requireOrgAndFeature(orgId, featureKey);
    return whenReady(this.#flags.explain(orgId, featureKey, scope), (why) => explanationMessage(orgId, why));
  }

  async #updateOne(update: OverrideUpdate, call: Call): Promise<OverrideOutcome> {
    const [outcome] = await this.#flags.updateOverrides([update], call);
    if (outcome === undefined) {
      throw new Error("the store answered no outcome for one update");
    }
    return outcome;
  }
}
