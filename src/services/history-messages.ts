import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  DiffOrgFeatureFlagsResponseSchema,
  ExplainOrgFeatureFlagResponseSchema,
  GetOrgFeatureFlagsAtResponseSchema,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { Change } from "../domain/change.ts";
import type { Explanation, FlagsDiff, PastFlags } from "../flags/moment.ts";
import { sourceOf } from "./feature-message.ts";
import { scheduledMessage } from "./override-message.ts";

/** Says the effective state of an organisation at a moment in the words of the API. */
export function pastFlagsMessage(
  orgId: string,
  { flags, revision, time }: PastFlags,
): MessageInitShape<typeof GetOrgFeatureFlagsAtResponseSchema> {
  return {
    orgId,
    flags: { ...flags },
    revision: BigInt(revision),
    ...(time !== undefined && { time: timestampFromMs(time) }),
  };
}

/** Says where two effective states differ in the words of the API. */
export function diffMessage({
  differences,
  revision,
  otherRevision,
}: FlagsDiff): MessageInitShape<typeof DiffOrgFeatureFlagsResponseSchema> {
  return {
    differences: differences.map(({ featureKey, enabled, otherEnabled }) => ({
      featureKey,
      ...(enabled !== undefined && { enabled }),
      ...(otherEnabled !== undefined && { otherEnabled }),
    })),
    revision: BigInt(revision),
    otherRevision: BigInt(otherRevision),
  };
}

/** Says why a feature is on or off in the words of the API. */
export function explanationMessage(
  orgId: string,
  { enabled, isOverride, feature, override, since }: Explanation,
): MessageInitShape<typeof ExplainOrgFeatureFlagResponseSchema> {
  const expiresAt = override?.setting?.expiresAt;
  const scheduled = override?.scheduled;
  return {
    orgId,
    featureKey: feature.featureKey,
    enabled,
    source: sourceOf(isOverride),
    defaultEnabled: feature.defaultEnabled,
    ...(expiresAt !== undefined && { expiresAt: timestampFromMs(expiresAt) }),
    ...(scheduled !== undefined && { scheduled: scheduledMessage(scheduled) }),
    ...(since !== undefined && originMessage(since)),
  };
}

function originMessage({ revision, time, actor, reason }: Change) {
  // Nobody's name is empty: it is not told.
  return { sinceRevision: BigInt(revision), since: timestampFromMs(time), ...(actor !== "" && { actor, reason }) };
}
