import type { Http1Answer } from "../load/http1-request.ts";
import type { FixedAnswer } from "../subjects/fixed-answer.ts";

// What the platform adds by itself.
const added = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

/** The very answer that orgflags gave, for a floor to give. */
export function fixedAnswerOf({ status, headers, body }: Http1Answer): FixedAnswer {
  const kept = Object.entries(headers).filter(([name]) => !added.has(name));
  const length = status === 304 ? {} : { "content-length": String(body.length) };
  return {
    status,
    headers: { ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), ...length },
    bodyBase64: body.toString("base64"),
  };
}
