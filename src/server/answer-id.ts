import type { IncomingHttpHeaders } from "node:http";
import { givenRequestId, requestIdKey } from "../rpc/request-id.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";

/** The headers of an answer with the id that the client gave the request, where it did. */
export function withRequestId(added: AddedHeaders | undefined, headers: IncomingHttpHeaders): AddedHeaders | undefined {
  const header = headers[requestIdKey];
  const id = header === undefined ? undefined : givenRequestId(header);
  return id === undefined ? added : { ...added, [requestIdKey]: id };
}
