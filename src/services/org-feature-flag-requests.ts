import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type {
  CreateOrgFeatureFlagRequest,
  DiffOrgFeatureFlagsRequest,
  UpdateOrgFeatureFlagRequest,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { FieldViolation } from "../domain/errors.ts";
import type { NewSetting } from "../domain/override.ts";
import {
  checkFeatureKey,
  checkOrgId,
  checkPresent,
  isFeatureKey,
  isOrgId,
  requireValid,
} from "../domain/validation.ts";
import type { DiffSide, Moment } from "../flags/moment.ts";
import { checkRevision, revisionOf } from "./revision.ts";
import { checkTime, msFrom, msUpTo } from "./time.ts";

/** What is accepted as `enabled`. */
export const acceptedEnabled = "true or false";

/** When a setting begins and ends, in a request. */
interface Span {
  readonly startsAt?: Timestamp | undefined;
  readonly expiresAt?: Timestamp | undefined;
}

/** Refuses what is no `org_id`. */
export function requireOrgId(orgId: string): void {
  if (!isOrgId(orgId)) {
    requireValid(checkOrgId("org_id", orgId));
  }
}

/** Refuses what is no `org_id` or no `feature_key`. */
export function requireOrgAndFeature(orgId: string, featureKey: string): void {
  if (!isOrgId(orgId) || !isFeatureKey(featureKey)) {
    requireValid(checkOrgId("org_id", orgId), checkFeatureKey("feature_key", featureKey));
  }
}

/** Reads the setting of a request about one override; `INVALID_ARGUMENT` names each field at fault. */
export function requireSetting(request: CreateOrgFeatureFlagRequest | UpdateOrgFeatureFlagRequest): NewSetting {
  const { orgId, featureKey, enabled } = request;
  requireValid(
    checkOrgId("org_id", orgId),
    checkFeatureKey("feature_key", featureKey),
    checkPresent("enabled", enabled, acceptedEnabled),
    ...checkSpan("", request),
  );
  return newSetting(enabled === true, request);
}

/** Says what is wrong with the times of a setting, as far as that can be said without a clock. */
export function checkSpan(at: string, { startsAt, expiresAt }: Span): readonly (FieldViolation | undefined)[] {
  return [checkTime(`${at}starts_at`, startsAt), checkTime(`${at}expires_at`, expiresAt)];
}

/** A setting with its times, each in the first whole millisecond from then on: never early. */
export function newSetting(enabled: boolean, { startsAt, expiresAt }: Span): NewSetting {
  return { enabled, startsAt: startsAt && msFrom(startsAt), expiresAt: expiresAt && msFrom(expiresAt) };
}

/** A moment in a request. */
interface RequestMoment {
  readonly time?: Timestamp | undefined;
  readonly revision?: bigint | undefined;
}

/** Says what is wrong with a moment: its fields, or that it is given twice. `at` prefixes the names of the fields. */
export function checkMoment(at: string, { time, revision }: RequestMoment): readonly (FieldViolation | undefined)[] {
  const both = {
    field: `${at}revision`,
    description: `must be absent where ${at}time is given: one of them is enough`,
  };
  return [
    checkTime(`${at}time`, time),
    checkRevision(`${at}revision`, revision, 0n),
    time !== undefined && revision !== undefined ? both : undefined,
  ];
}

/** The moment of checked fields. */
export function momentOf({ time, revision }: RequestMoment): Moment {
  return { time: time && msUpTo(time), revision: revisionOf(revision) };
}

/** Reads the two sides of a comparison; `INVALID_ARGUMENT` names each field at fault. */
export function requireSides(request: DiffOrgFeatureFlagsRequest): readonly [DiffSide, DiffSide] {
  const { orgId, otherOrgId = orgId, otherTime, otherRevision } = request;
  const other = { time: otherTime, revision: otherRevision };
  requireValid(
    checkOrgId("org_id", orgId),
    request.otherOrgId === undefined ? undefined : checkOrgId("other_org_id", otherOrgId),
    ...checkMoment("", request),
    ...checkMoment("other_", other),
  );
  return [
    { orgId, ...momentOf(request) },
    { orgId: otherOrgId, ...momentOf(other) },
  ];
}
