import { invalidArgument } from "../../domain/errors.ts";
import { checkOrgId, requireValid } from "../../domain/validation.ts";
import { revisionOf } from "../../rpc/revision-text.ts";
import type { HttpRequest } from "../../transcoding/body.ts";
import { percentDecode, percentEncode } from "../../transcoding/percent.ts";

/** What every target of a stream of events begins with; the organisation follows. */
export const eventsPrefix = "/ofrep/v1/events/";

/** Which events are asked for. */
export interface EventsRequest {
  readonly orgId: string;
  /** The revision after which they begin; undefined for what comes next. */
  readonly after: number | undefined;
}

/** Where to hear of all that reaches an organisation after a revision. */
export function eventsTarget(orgId: string, revision: number): string {
  return `${eventsPrefix}${percentEncode(orgId)}?after=${revision}`;
}

/** Reads a target and the header by which a client goes on; throws `INVALID_ARGUMENT` that names what is wrong. */
export function readEventsRequest({ url = "", headers }: HttpRequest, path: string): EventsRequest {
  const segment = path.slice(eventsPrefix.length);
  const orgId = percentDecode(segment);
  if (orgId === undefined) {
    throw invalidArgument([{ field: "org_id", description: "must be an org_id with escapes (%XX) of UTF-8" }]);
  }
  requireValid(checkOrgId("org_id", orgId));
  const lastEventId = headers["last-event-id"]?.toString();
  if (lastEventId !== undefined && lastEventId !== "") {
    return { orgId, after: revisionOf("Last-Event-ID", lastEventId) };
  }
  const after = new URLSearchParams(url.slice(path.length)).get("after");
  return { orgId, after: after === null ? undefined : revisionOf("after", after) };
}
