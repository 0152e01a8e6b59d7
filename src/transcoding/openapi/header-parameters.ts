import { formatFieldPath, lastField } from "../field-path.ts";
import { readHttpStream } from "../http-stream.ts";
import type { Rule } from "../rule.ts";
import type { Parameter } from "./openapi.ts";
import type { SchemaWriter } from "./schema-writer.ts";

/** The header that the transcoder reads of every request whose answer has an entity tag. */
export const IF_NONE_MATCH: Parameter = {
  name: "If-None-Match",
  in: "header",
  description: "Entity tags, as `ETag` had them, of answers that the client holds. One that is still right is a 304.",
  schema: { type: "string" },
};

/** The header by which a client of events goes on; `undefined` where the method has none. Throws `RuleError`. */
export function lastEventIdParameter(rule: Rule, writer: SchemaWriter): Parameter | undefined {
  const path = readHttpStream(rule)?.lastEventId;
  if (path === undefined) return undefined;
  const { description: _, ...schema } = writer.field(lastField(path));
  const field = formatFieldPath(path);
  const description = `The \`id\` of the last event that was seen, which a browser's EventSource sends by itself when it connects anew. With \`Accept: text/event-stream\` it is \`${field}\`, whatever the query says.`;
  return { name: "Last-Event-ID", in: "header", description, schema };
}
