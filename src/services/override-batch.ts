import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  OrgFeatureFlagUpdate,
  OrgFeatureFlagUpdateResultSchema,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { FieldViolation } from "../domain/errors.ts";
import type { OverrideOutcome, OverrideUpdate } from "../domain/override.ts";
import { checkFeatureKey, checkOrgId, checkPresent, requireValid } from "../domain/validation.ts";
import { acceptedEnabled, checkSpan, newSetting } from "./org-feature-flag-requests.ts";

const maxUpdates = 1000;

/** Reads the updates of a batch; `INVALID_ARGUMENT` names each field at fault, as `updates[3].org_id`. */
export function requireUpdates(updates: readonly OrgFeatureFlagUpdate[]): readonly OverrideUpdate[] {
  requireValid(checkCount(updates.length));
  requireValid(...updates.flatMap(checkUpdate), ...checkDistinct(updates));
  return updates.map((update, index) => {
    const { orgId, featureKey, action } = update;
    const setting = action.case === "enabled" ? newSetting(action.value, update) : undefined;
    return { orgId, featureKey, setting, at: place(index) };
  });
}

/** Says what an update of a batch came to. */
export function updateResult(
  { orgId, featureKey, setting }: OverrideUpdate,
  { enabled, changed, time }: OverrideOutcome,
): MessageInitShape<typeof OrgFeatureFlagUpdateResultSchema> {
  const isSet = setting !== undefined;
  return { orgId, featureKey, enabled, changed, ...(isSet && { updatedAt: timestampFromMs(time) }) };
}

function checkCount(count: number): FieldViolation | undefined {
  return count >= 1 && count <= maxUpdates
    ? undefined
    : { field: "updates", description: `must have 1 to ${maxUpdates.toLocaleString("en")} entries; got ${count}` };
}

function checkUpdate(update: OrgFeatureFlagUpdate, index: number): readonly (FieldViolation | undefined)[] {
  const { orgId, featureKey, action } = update;
  const at = place(index);
  return [
    checkOrgId(`${at}org_id`, orgId),
    checkFeatureKey(`${at}feature_key`, featureKey),
    checkPresent(`${at}enabled`, action.case, `${acceptedEnabled}, or "reset": true in its place`),
    ...(action.case === "reset" ? checkReset(at, update) : checkSpan(at, update)),
  ];
}

function checkReset(at: string, update: OrgFeatureFlagUpdate): readonly (FieldViolation | undefined)[] {
  const { action, startsAt, expiresAt } = update;
  const description = "must be absent where reset is given: a reset has no times";
  return [
    action.value === true
      ? undefined
      : { field: `${at}reset`, description: "must be true; give enabled instead to set the override" },
    startsAt && { field: `${at}starts_at`, description },
    expiresAt && { field: `${at}expires_at`, description },
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

function place(index: number): string {
  return `updates[${index}].`;
}
