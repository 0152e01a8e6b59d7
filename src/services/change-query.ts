import type { ListChangesRequest } from "../../gen/orgflags/v1/change_pb.ts";
import type { ChangePage } from "../domain/change.ts";
import type { FieldViolation } from "../domain/errors.ts";
import { checkFeatureKey, checkOrgId, checkRange, requireValid } from "../domain/validation.ts";
import { checkRevision, decodeRevisionToken, revisionOf } from "./revision.ts";
import { checkTime, msFrom } from "./time.ts";

const defaultPageSize = 100;
const maxPageSize = 1000;
const maxActorBytes = 256;

/** Makes a page to read of a request; `INVALID_ARGUMENT` names each field at fault. */
export function changeQuery(request: ListChangesRequest): ChangePage {
  const { pageSize = defaultPageSize, pageToken, oldestFirst, orgId, featureKey, actor } = request;
  requireValid(...checks(request));
  return {
    orgId,
    featureKey,
    actor,
    // Changes have whole milliseconds.
    startTime: request.startTime && msFrom(request.startTime),
    endTime: request.endTime && msFrom(request.endTime),
    minRevision: revisionOf(request.minRevision),
    maxRevision: revisionOf(request.maxRevision),
    behind: decodeRevisionToken("page_token", pageToken),
    oldestFirst,
    limit: pageSize,
  };
}

function checks(request: ListChangesRequest): readonly (FieldViolation | undefined)[] {
  const { pageSize = defaultPageSize, orgId, featureKey, startTime, endTime, minRevision, maxRevision } = request;
  return [
    checkRange("page_size", pageSize, 1, maxPageSize),
    orgId === undefined ? undefined : checkOrgId("org_id", orgId),
    featureKey === undefined ? undefined : checkFeatureKey("feature_key", featureKey),
    checkActor(request.actor),
    checkTime("start_time", startTime),
    checkTime("end_time", endTime) ?? checkEnd(request),
    checkRevision("min_revision", minRevision, 0n),
    checkRevision("max_revision", maxRevision, 0n) ?? checkMax(request),
  ];
}

function checkActor(actor: string | undefined): FieldViolation | undefined {
  const bytes = actor === undefined ? 1 : Buffer.byteLength(actor);
  return bytes >= 1 && bytes <= maxActorBytes
    ? undefined
    : { field: "actor", description: `must be 1 to ${maxActorBytes} bytes, as an actor is; got ${bytes}` };
}

function checkEnd({ startTime, endTime }: ListChangesRequest): FieldViolation | undefined {
  return startTime === undefined || endTime === undefined || msFrom(startTime) <= msFrom(endTime)
    ? undefined
    : { field: "end_time", description: "must not be before start_time" };
}

function checkMax({ minRevision, maxRevision }: ListChangesRequest): FieldViolation | undefined {
  return minRevision === undefined || maxRevision === undefined || minRevision <= maxRevision
    ? undefined
    : { field: "max_revision", description: `must not be less than min_revision, ${minRevision}; got ${maxRevision}` };
}
