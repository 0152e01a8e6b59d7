import { type DescField, type DescMessage, type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "../../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../../gen/google/api/http_pb.ts";
import { type FieldPath, formatFieldPath, isFieldPathFault, lastField, resolveFieldPath } from "./field-path.ts";
import { RuleError } from "./rule-error.ts";
import { parseTemplate, type Template, TemplateError, type Variable } from "./template.ts";

/** A variable of a template and the field that it fills, or is filled from. */
export interface BoundVariable extends Variable {
  readonly path: FieldPath;
}

/** A `google.api.http` rule that has been checked against its method: one HTTP method and one template. */
export interface Rule {
  readonly method: DescMethod;
  /** In capitals, or as a `custom` rule has it; `*` serves every method. */
  readonly httpMethod: string;
  readonly template: Template;
  readonly variables: readonly BoundVariable[];
  /** The request field that the body is, `*` for the whole message, `undefined` where no body is read. */
  readonly body: DescField | "*" | undefined;
  /** The response field that is answered, `undefined` for the whole message. */
  readonly responseBody: DescField | undefined;
  /** Whether the rule is one of the `additional_bindings`. */
  readonly additional: boolean;
  readonly source: HttpRule;
}

/** The checked rules of a method, additional bindings included; none where it has no rule. Throws `RuleError`. */
export function readRules(method: DescMethod): Rule[] {
  if (!hasOption(method, http)) return [];
  const source = getOption(method, http);
  const rules = [readRule(method, source, false)];
  for (const binding of source.additionalBindings) {
    const rule = readRule(method, binding, true);
    if (binding.additionalBindings.length > 0) {
      const place = { rpc: nameOf(method), template: rule.template.source };
      throw new RuleError(place, "an additional binding cannot have additional bindings itself");
    }
    rules.push(rule);
  }
  return rules;
}

/** The RPC's full name, such as `library.v1.LibraryService.GetBook`. */
export function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}

/** The variables of a template with their fields: singular and no messages. Throws `RuleError`. */
export function bindVariables(rpc: string, template: Template, message: DescMessage): BoundVariable[] {
  return template.variables.map((variable) => {
    const place = { rpc, template: template.source, column: variable.column };
    const names = variable.field.split(".");
    const path = resolveFieldPath(message, names, (desc, name) => desc.fields.find((field) => field.name === name));
    if (isFieldPathFault(path)) {
      const column = variable.column + names.slice(0, path.index).join(".").length + (path.index > 0 ? 1 : 0);
      throw new RuleError({ ...place, column }, `no field "${variable.field}": ${path.reason}; use proto names`);
    }
    const { fieldKind } = lastField(path);
    if (fieldKind !== "scalar" && fieldKind !== "enum") {
      const kind = fieldKind === "list" ? "repeated" : `a ${fieldKind}`;
      throw new RuleError(
        place,
        `the field "${formatFieldPath(path)}" is ${kind}; use a singular scalar or enum field`,
      );
    }
    return { ...variable, path };
  });
}

/** Parses a template of an RPC. Throws `RuleError`. */
export function parseRuleTemplate(rpc: string, source: string): Template {
  try {
    return parseTemplate(source);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new RuleError({ rpc, template: source, column: error.column }, error.message);
  }
}

function readRule(method: DescMethod, source: HttpRule, additional: boolean): Rule {
  const rpc = nameOf(method);
  const { httpMethod, path } = readPattern(rpc, source);
  const place = { rpc, template: path };
  if (method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming") {
    throw new RuleError(place, "a stream of requests has no REST form; use a unary or server-streaming RPC");
  }
  const template = parseRuleTemplate(rpc, path);
  const variables = bindVariables(rpc, template, method.input);
  const body = source.body === "*" ? "*" : findTopField(place, "body", method.input, source.body);
  rejectOneofConflicts(place, variables, body);
  return {
    method,
    httpMethod,
    template,
    variables,
    body,
    responseBody: findTopField(place, "response_body", method.output, source.responseBody),
    additional,
    source,
  };
}

/** No request could have two members of one oneof, so no rule may ask for them. */
function rejectOneofConflicts(
  place: { rpc: string; template: string },
  variables: readonly BoundVariable[],
  body: DescField | "*" | undefined,
): void {
  const taken = new Map(body === undefined || body === "*" ? [] : oneofsOf([body]));
  for (const variable of variables) {
    for (const [oneof, member] of oneofsOf(variable.path)) {
      const other = taken.get(oneof) ?? member;
      taken.set(oneof, other);
      if (other === member) continue;
      const reason = `"${member.name}" is of one oneof with "${other.name}", which the rule has already; use one of them`;
      throw new RuleError({ ...place, column: variable.column }, reason);
    }
  }
}

/** The oneofs on a field path, each by the path to it, with the member that the path takes. */
function oneofsOf(path: readonly DescField[]): [oneof: string, member: DescField][] {
  return path.flatMap((field, index) => {
    const name = [...path.slice(0, index).map((step) => step.name), field.oneof?.name].join(".");
    return field.oneof === undefined ? [] : [[name, field]];
  });
}

function readPattern(rpc: string, source: HttpRule): { httpMethod: string; path: string } {
  const { pattern } = source;
  if (pattern.case === undefined) {
    throw new RuleError({ rpc, template: "" }, "no method and path; set get, put, post, delete, patch or custom");
  }
  if (pattern.case !== "custom") return { httpMethod: pattern.case.toUpperCase(), path: pattern.value };
  const { kind, path } = pattern.value;
  if (!/^(?:\*|[A-Za-z0-9!#$%&'+.^_`|~-]+)$/.test(kind)) {
    throw new RuleError({ rpc, template: path }, `"${kind}" is no HTTP method; name one, or "*" for every method`);
  }
  return { httpMethod: kind, path };
}

function findTopField(
  place: { rpc: string; template: string },
  option: "body" | "response_body",
  message: DescMessage,
  name: string,
): DescField | undefined {
  if (name === "") return undefined;
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new RuleError(
    place,
    `${option} "${name}" is no field of ${message.typeName}; use the name of a top-level field`,
  );
}
