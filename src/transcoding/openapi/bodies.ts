import { getOption, type JsonObject } from "@bufbuild/protobuf";
import { http_stream } from "../../../gen/transcoding/v1/annotations_pb.ts";
import { JSON_TYPE, NDJSON_TYPE, SSE_TYPE } from "../accept.ts";
import { isHttpBody } from "../http-body.ts";
import type { Rule } from "../rule.ts";
import { boundNames, type Example, exemplify, omit } from "./examples.ts";
import { isRequired } from "./field-rules.ts";
import type { MediaType, RequestBody, Schema } from "./openapi.ts";
import { refer, type SchemaWriter } from "./schema-writer.ts";
import { STATUS_NAME } from "./status-schema.ts";

/** Raw bytes of any type; OpenAPI has no better word for them. */
const RAW: { [mediaType: string]: MediaType } = { "*/*": { schema: { type: "string", format: "binary" } } };

/** The body of a rule's request; `undefined` where there is none, or nothing left to put into it. */
export function requestBody(rule: Rule, writer: SchemaWriter, { request }: Example): RequestBody | undefined {
  const { body, method } = rule;
  if (body === undefined) return undefined;
  if (isHttpBody(method.input, body)) return { required: body === "*" || isRequired(body, "request"), content: RAW };
  if (body !== "*") {
    const content = json(writer.field(body), request?.[body.name]);
    return { required: isRequired(body, "request"), content };
  }
  const bound = boundNames(rule.variables.map(({ path }) => path));
  const left = method.input.fields.filter(({ name }) => !bound.has(name));
  if (left.length === 0) return undefined;
  const schema =
    left.length < method.input.fields.length ? writer.object(method.input, bound) : writer.message(method.input);
  const required = left.some((field) => isRequired(field, "request"));
  return { required, content: json(schema, omit(request, bound)) };
}

/** The body of a rule's answer. */
export function responseBody(
  rule: Rule,
  writer: SchemaWriter,
  { response }: Example,
): { [mediaType: string]: MediaType } {
  const { method, responseBody } = rule;
  if (isHttpBody(method.output, responseBody)) return RAW;
  const schema = answerSchema(rule, writer);
  const example = responseBody === undefined ? response : response?.[responseBody.name];
  return method.methodKind === "server_streaming" ? stream(rule, schema, example) : json(schema, example);
}

/** A field that is not set is answered as `null`. */
function answerSchema({ method, responseBody }: Rule, writer: SchemaWriter): Schema {
  if (responseBody === undefined) return writer.message(method.output);
  const schema = writer.field(responseBody);
  return isRequired(responseBody, "response") ? schema : { anyOf: [schema, { type: "null" }] };
}

/** OpenAPI 3.1 has no word for streams: the schema is that of a line, and events are text. */
function stream(rule: Rule, message: Schema, example: MediaType["example"]): { [mediaType: string]: MediaType } {
  const failure: JsonObject = { type: "object", required: ["error"], properties: { error: refer(STATUS_NAME) } };
  return {
    [NDJSON_TYPE]: { schema: { anyOf: [message, failure], description: "One line." }, ...exemplify(example) },
    [SSE_TYPE]: { schema: { type: "string", description: describeEvents(rule) } },
  };
}

function describeEvents({ method }: Rule): string {
  const events = "Events whose `data` is a line; an error is an `error` event.";
  const { eventId } = getOption(method, http_stream);
  return eventId === "" ? events : `${events} The \`id\` of an event is its \`${eventId}\`.`;
}

function json(schema: Schema, example: MediaType["example"]): { [mediaType: string]: MediaType } {
  return { [JSON_TYPE]: { schema, ...exemplify(example) } };
}
