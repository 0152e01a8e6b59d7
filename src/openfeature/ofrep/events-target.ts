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
  /** What lets in a client that sends no headers. */
  readonly ticket: string | undefined;
}

/** Where to hear of all that reaches an organisation after a revision, with a ticket where that takes one. */
export function eventsTarget(orgId: string, revision: number, ticket?: string): string {
  const target = `${eventsPrefix}${percentEncode(orgId)}?after=${revision}`;
  // A ticket has no character that would have to be escaped.
  return ticket === undefined ? target : `${target}&ticket=${ticket}`;
}

/** Reads a target and the header by which a client goes on; throws `INVALID_ARGUMENT` that names what is wrong. */
export function readEventsRequest({ url = "", headers }: HttpRequest, path: string): EventsRequest {
  const segment = path.slice(eventsPrefix.length);
  const orgId = percentDecode(segment);
  if (orgId === undefined) {
    throw invalidArgument([{ field: "org_id", description: "must be an org_id with escapes (%XX) of UTF-8" }]);
  }
  requireValid(checkOrgId("org_id", orgId));
  const query = new URLSearchParams(url.slice(path.length));
  const ticket = query.get("ticket") ?? undefined;
  const lastEventId = headers["last-event-id"]?.toString();
  if (lastEventId !== undefined && lastEventId !== "") {
    return { orgId, ticket, after: revisionOf("Last-Event-ID", lastEventId) };
  }
  const after = query.get("after");
  return { orgId, ticket, after: after === null ? undefined : revisionOf("after", after) };
}
