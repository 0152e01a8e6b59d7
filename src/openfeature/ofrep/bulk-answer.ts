import { hash } from "node:crypto";
import type { Awaitable } from "../../domain/awaitable.ts";
import { scopeText } from "../../domain/scope-text.ts";
import type { FlagEvaluations } from "../../flags/evaluated-flags.ts";
import type { HttpRequest } from "../../transcoding/body.ts";
import { chooseCoding, compress } from "../../transcoding/compression.ts";
import { matchesETag, tagCoding } from "../../transcoding/etag.ts";
import type { Answer } from "../../transcoding/response.ts";
import { jsonAnswer } from "./answer-desk.ts";
import { eventsTarget } from "./events-target.ts";
import { flagAnswer } from "./flag-answer.ts";
import type { Visitor } from "./visitor.ts";

const compressMinBytes = 1024;

/** How long a page may be in the background before its client closes the stream of events. */
const inactivityDelaySec = 120;

/** The answer with all flags of an organisation that are in scope; 304 where the client holds it. `request` is the body as it came. */
export function bulkAnswer(
  headers: HttpRequest["headers"],
  request: Buffer,
  { orgId, visitor }: { readonly orgId: string; readonly visitor: Visitor | undefined },
  evaluations: FlagEvaluations,
): Awaitable<Answer> {
  const ticket = visitor?.ticketFor(orgId);
  const etag = etagOf(request, `${orgId} ${scopeText(visitor?.scope)} ${ticket ?? ""}`, evaluations.revision);
  const coding = chooseCoding(headers["accept-encoding"]?.toString());
  const held = [etag, tagCoding(etag, coding)].find((tag) => matchesETag(headers["if-none-match"] ?? "", tag));
  if (held !== undefined) {
    return { status: 304, headers: { ...common, etag: held } };
  }
  // Who is known and can't have a ticket has to ask again and again.
  const hasEvents = visitor === undefined || ticket !== undefined;
  const target = hasEvents ? eventsTarget(orgId, evaluations.revision, ticket) : undefined;
  const answer = jsonAnswer(200, bulkOf(orgId, evaluations, target));
  const body = String(answer.body);
  Object.assign(answer.headers, common, { etag });
  if (coding === undefined || body.length < compressMinBytes) {
    return answer;
  }
  Object.assign(answer.headers, { etag: tagCoding(etag, coding), "content-encoding": coding });
  return compress(coding, body).then((bytes) => ({ ...answer, body: bytes }));
}

const common = { "cache-control": "private, no-cache", vary: "Accept-Encoding" } as const;

/**
 * Another one where organisation, scope, ticket, context or values are others. Clients send the tag of one context with a
 * request for another: one of the values alone would give them the values of another organisation. And a client that
 * holds the answer goes on with the ticket in it.
 */
function etagOf(request: Buffer, subject: string, revision: number): string {
  return `"${revision}-${hash("sha256", Buffer.concat([Buffer.from(`${subject}\n`), request]), "base64url")}"`;
}

/** Without a target there is no stream of events. */
function bulkOf(orgId: string, { revision, toMap }: FlagEvaluations, target: string | undefined): object {
  return {
    flags: Array.from(toMap(), ([key, flag]) => flagAnswer(orgId, key, flag, revision)),
    metadata: { orgId, revision },
    ...(target !== undefined && {
      eventStreams: [{ type: "sse", endpoint: { requestUri: target }, inactivityDelaySec }],
    }),
  };
}
