import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { OrgFeatureFlagSchema, ScheduledSettingSchema } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { Override, ScheduledSetting } from "../domain/override.ts";

/** Says an override in the words of the API. */
export function overrideMessage(override: Override): MessageInitShape<typeof OrgFeatureFlagSchema> {
  const { orgId, featureKey, enabled, updatedAt } = override;
  return { orgId, featureKey, enabled, updatedAt: timestampFromMs(updatedAt) };
}

/** Says what is planned in the words of the API. */
export function scheduledMessage(scheduled: ScheduledSetting): MessageInitShape<typeof ScheduledSettingSchema> {
  const { enabled, startsAt, expiresAt } = scheduled;
  return {
    enabled,
    startsAt: timestampFromMs(startsAt),
    ...(expiresAt !== undefined && { expiresAt: timestampFromMs(expiresAt) }),
  };
}
