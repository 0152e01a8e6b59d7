import { getOption } from "@bufbuild/protobuf";
import { http_answer } from "../../../gen/transcoding/v1/annotations_pb.ts";
import { readHttpAnswer } from "../http-answer.ts";
import type { Rule } from "../rule.ts";
import { requestBody, responseBody } from "./bodies.ts";
import { type Comments, splitComment } from "./comments.ts";
import type { CommonHeaders } from "./common-headers.ts";
import { errorsOf, headerReference } from "./errors.ts";
import { readExample } from "./examples.ts";
import { IF_NONE_MATCH, lastEventIdParameter } from "./header-parameters.ts";
import type { Operation, OperationMethod, Parameter, Reference, Response } from "./openapi.ts";
import { pathParameters, queryParameters } from "./parameters.ts";
import type { PathForm } from "./path-form.ts";
import type { SchemaWriter } from "./schema-writer.ts";

/** What the operations of a document are made with. */
export interface OperationContext {
  readonly comments: Comments;
  readonly request: SchemaWriter;
  readonly response: SchemaWriter;
  readonly headers: CommonHeaders;
  /** Whether callers may have to say who they are. */
  readonly isSecured: boolean;
}

/** A rule at its place in the document. */
export interface PlacedRule {
  readonly rule: Rule;
  readonly form: PathForm;
  /** The names of the path's parameters in the document. */
  readonly names: readonly string[];
  readonly httpMethod: OperationMethod;
  readonly operationId: string;
  /** The rule that this one is merely another path to. */
  readonly preferred: { readonly operationId: string; readonly route: string } | undefined;
}

/** The operation of a rule. Throws `RuleError`, or an `Error` that names the option at fault. */
export function createOperation(placed: PlacedRule, context: OperationContext): Operation {
  const { rule, form, names, operationId, preferred } = placed;
  const { summary, description } = splitComment(context.comments(rule.method));
  const example = readExample(rule.method);
  const parameters = [
    ...pathParameters(form.slots, names, context.request, example.request),
    ...queryParameters(rule, context.request, example.request),
    ...headerParameters(placed, context),
  ];
  const body = requestBody(rule, context.request, example);
  const text = preferred === undefined ? description : describeAlias(preferred);
  return {
    operationId,
    tags: [rule.method.parent.name],
    ...(summary !== "" && { summary }),
    ...(text !== "" && { description: text }),
    ...(preferred !== undefined && { deprecated: true as const }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: body }),
    responses: { ...successes(placed, context), ...errorsOf(rule, context.isSecured) },
  };
}

function describeAlias({ operationId, route }: { operationId: string; route: string }): string {
  return `Another path to \`${operationId}\`. Use \`${route}\`.`;
}

/** What the transcoder itself reads, and what methods have in common. */
function headerParameters(placed: PlacedRule, { request, headers }: OperationContext): Parameter[] {
  const { method } = placed.rule;
  const resumption = lastEventIdParameter(placed.rule, request);
  return [
    ...(hasETag(placed) ? [IF_NONE_MATCH] : []),
    ...(resumption === undefined ? [] : [resumption]),
    ...headers.parametersOf(method),
  ];
}

/** Whether the answer has an entity tag, which the transcoder gives to every plain answer to a GET. */
function hasETag({ rule: { method }, httpMethod }: PlacedRule): boolean {
  return httpMethod === "get" && readHttpAnswer(method).status === 200 && method.methodKind === "unary";
}

function successes(placed: PlacedRule, context: OperationContext): Operation["responses"] {
  const { rule } = placed;
  const { response, comments } = context;
  const { method } = rule;
  const { status } = readHttpAnswer(method);
  const hasLocation = getOption(method, http_answer).location !== "";
  const hasTag = hasETag(placed);
  const common = context.headers.referencesOf(method);
  const headers: { [name: string]: Reference } = {
    ...common,
    ...(hasTag && { ETag: headerReference("ETag") }),
    ...(hasLocation && { Location: headerReference("Location") }),
  };
  const bodiless = status === 204 || status === 205;
  const success: Response = {
    description: describeSuccess(rule, comments),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(!bodiless && { content: responseBody(rule, response, readExample(method)) }),
  };
  const unchanged: Response = {
    description: "`If-None-Match` has the current `ETag`.",
    headers: { ...common, ETag: headerReference("ETag") },
  };
  return { [status]: success, ...(hasTag && { 304: unchanged }) };
}

/** OpenAPI wants a description of every answer. */
function describeSuccess({ method, responseBody }: Rule, comments: Comments): string {
  const text = comments(responseBody ?? method.output);
  if (method.methodKind === "unary") return text || "Success.";
  return [text, "A stream: a line or an event for each message, the last of them perhaps an error."]
    .filter(Boolean)
    .join("\n\n");
}
