import { Code } from "@connectrpc/connect";
import { parseWeighted, weightOf } from "./media-range.ts";
import { RequestFault } from "./request-fault.ts";

/** The form of a server stream: newline-delimited JSON or Server-Sent Events. */
export type StreamForm = "ndjson" | "sse";

/** The media types of answers; an answer of raw bytes has its own. */
export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";
export const SSE_TYPE = "text/event-stream";

/** Throws the `RequestFault` of a 406 where `Accept` admits none of the content types; an absent one admits all. */
export function checkAccept(accept: string | undefined, ...contentTypes: string[]): void {
  if (accept === undefined || accept === "" || accept === "*/*" || accept === contentTypes[0]) return;
  const ranges = parseWeighted(accept);
  const mediaTypes = contentTypes.map((type) => type.split(";", 1)[0]?.trim().toLowerCase() ?? "");
  if (!mediaTypes.some((type) => weightOf(ranges, type) > 0)) throw notAcceptable(...mediaTypes);
}

/** The form of a stream that `Accept` asks for; `undefined` where it admits neither. */
export function chooseStreamForm(accept: string | undefined): StreamForm | undefined {
  if (accept === undefined || accept === "" || accept === "*/*") return "ndjson";
  const ranges = parseWeighted(accept);
  // Everything else is JSON to the client that says `*/*`.
  const sse = weightOf(
    ranges.filter(({ name }) => name !== "*/*"),
    SSE_TYPE,
  );
  const json = Math.max(weightOf(ranges, NDJSON_TYPE), weightOf(ranges, JSON_TYPE));
  if (sse > 0 && sse >= json) return "sse";
  return json > 0 ? "ndjson" : undefined;
}

/** The 406 that says what there is. */
export function notAcceptable(...mediaTypes: string[]): RequestFault {
  return new RequestFault(406, Code.InvalidArgument, `Accept: expected ${mediaTypes.join(" or ")}, or */*`);
}
