import { type DescMethod, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { http_answer } from "../../gen/transcoding/v1/annotations_pb.ts";
import { lastField } from "./field-path.ts";
import { getField } from "./message-fields.ts";
import { percentEncode } from "./percent.ts";
import { type BoundVariable, bindVariables, nameOf, parseRuleTemplate } from "./rule.ts";
import { RuleError } from "./rule-error.ts";
import type { Template } from "./template.ts";

/** How a method answers success. */
export interface HttpAnswer {
  readonly status: number;
  /** Makes the `Location` of a response, `undefined` where that lacks what it is made of; only for methods that have one. */
  readonly location?: (response: Message) => string | undefined;
}

/** Reads the `transcoding.v1.http_answer` option; 200 without a location where it is missing. Throws `RuleError`. */
export function readHttpAnswer(method: DescMethod): HttpAnswer {
  if (!hasOption(method, http_answer)) return { status: 200 };
  const { status, location } = getOption(method, http_answer);
  const rpc = nameOf(method);
  if (status !== 0 && (status < 200 || status > 299)) {
    throw new RuleError({ rpc, template: location }, `http_answer has status ${status}; use 200 to 299, or 0 for 200`);
  }
  if (location === "") return { status: status || 200 };
  const template = parseRuleTemplate(rpc, location);
  const variables = bindVariables(rpc, template, method.output);
  rejectWildcards(rpc, template, variables);
  return { status: status || 200, location: (response) => expand(template, variables, response) };
}

function rejectWildcards(rpc: string, template: Template, variables: readonly BoundVariable[]): void {
  for (const [index, segment] of template.segments.entries()) {
    if (segment.kind === "literal" || variables.some(({ start, end }) => start <= index && index < end)) continue;
    throw new RuleError({ rpc, template: template.source }, `a location has no wildcards but those of its variables`);
  }
}

function expand(template: Template, variables: readonly BoundVariable[], response: Message): string | undefined {
  let text = "";
  for (let index = 0; index < template.segments.length; ) {
    const variable = variables.find(({ start }) => start === index);
    const piece = variable === undefined ? literalAt(template, index) : expandVariable(variable, response);
    if (piece === "") return undefined;
    text += `/${piece}`;
    index = variable?.end ?? index + 1;
  }
  return template.verb === "" ? text : `${text}:${percentEncode(template.verb)}`;
}

function literalAt(template: Template, index: number): string {
  const segment = template.segments[index];
  return segment?.kind === "literal" ? percentEncode(segment.text) : "";
}

/** A variable of several segments keeps its slashes; the text is empty where the field is. */
function expandVariable(variable: BoundVariable, response: Message): string {
  const value = getField(response, variable.path);
  if (value === undefined) return "";
  const text = formatValue(variable, value);
  return variable.multi ? text.split("/").map(percentEncode).join("/") : percentEncode(text);
}

function formatValue(variable: BoundVariable, value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64url");
  const desc = lastField(variable.path).enum;
  return desc?.values.find(({ number }) => number === value)?.name ?? String(value);
}
