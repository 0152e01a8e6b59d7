import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { type FieldPath, formatFieldPath, hasOwnJsonForm, lastField } from "../field-path.ts";
import { hasTextForm } from "../field-text.ts";
import type { Rule } from "../rule.ts";
import { exemplify, pick } from "./examples.ts";
import { isRequired } from "./field-rules.ts";
import type { Parameter } from "./openapi.ts";
import { type PathSlot, textOfSlot } from "./path-form.ts";
import type { SchemaWriter } from "./schema-writer.ts";

/** The parameters of a path. `names` are those that the path has in the document, in the order of the slots. */
export function pathParameters(
  slots: readonly PathSlot[],
  names: readonly string[],
  writer: SchemaWriter,
  example: JsonObject | undefined,
): Parameter[] {
  return slots.map((slot, index) => {
    const name = names[index] ?? slot.name;
    const { variable } = slot;
    if (variable === undefined) return { name, in: "path", required: true, schema: { type: "string" } };
    const given = pick(example, variable.path);
    const value = slot.whole || typeof given !== "string" ? given : textOfSlot(slot, given);
    const { description, schema } = slot.whole
      ? splitSchema(writer, lastField(variable.path))
      : { description: `A part of \`${formatFieldPath(variable.path)}\`.`, schema: { type: "string" } };
    const open = slot.open ? "Any number of path segments; the slashes between them are sent as they are." : undefined;
    const text = [description, open].filter(Boolean).join("\n\n");
    return { name, in: "path", ...(text !== "" && { description: text }), required: true, schema, ...exemplify(value) };
  });
}

/** The parameters of the query string: all fields that neither the path nor the body holds, and that have a text form. */
export function queryParameters(rule: Rule, writer: SchemaWriter, example: JsonObject | undefined): Parameter[] {
  if (rule.body === "*") return [];
  const bound = new Set(rule.variables.map(({ path }) => formatFieldPath(path)));
  const paths = queryPaths(rule.method.input, [], new Set([rule.method.input]));
  return paths
    .filter((path) => path[0] !== rule.body && !bound.has(formatFieldPath(path)))
    .map((path) => queryParameter(path, writer, example));
}

/** The fields that a query can name. A message inside itself is entered once: what is deeper has no end. */
function queryPaths(
  message: DescMessage,
  prefix: readonly DescField[],
  entered: ReadonlySet<DescMessage>,
): FieldPath[] {
  return message.fields.flatMap((field): FieldPath[] => {
    const path: FieldPath = [prefix[0] ?? field, ...prefix.slice(1), ...(prefix.length > 0 ? [field] : [])];
    if (field.fieldKind === "list" || field.fieldKind === "map") return field.message === undefined ? [path] : [];
    if (hasTextForm(field)) return [path];
    if (field.message === undefined || hasOwnJsonForm(field.message) || entered.has(field.message)) return [];
    return queryPaths(field.message, path, new Set([...entered, field.message]));
  });
}

function queryParameter(path: FieldPath, writer: SchemaWriter, example: JsonObject | undefined): Parameter {
  const field = lastField(path);
  const { description, schema } = splitSchema(writer, field);
  const style: Partial<Parameter> =
    field.fieldKind === "map"
      ? { style: "deepObject", explode: true }
      : field.fieldKind === "list"
        ? { style: "form", explode: true }
        : {};
  const rivals = field.oneof?.fields.filter((member) => member !== field).map(({ name }) => `\`${name}\``) ?? [];
  const exclusion = rivals.length > 0 ? `Not beside ${rivals.join(", ")}.` : undefined;
  const text = [description, exclusion].filter(Boolean).join("\n\n");
  return {
    name: formatFieldPath(path),
    in: "query",
    ...(text !== "" && { description: text }),
    // A field of a message that may be absent as a whole is never required by itself.
    ...(path.length === 1 && isRequired(field, writer.direction) && { required: true }),
    ...style,
    schema,
    ...exemplify(pick(example, path)),
  };
}

/** A parameter has its description beside its schema. */
function splitSchema(writer: SchemaWriter, field: DescField): Pick<Parameter, "description" | "schema"> {
  const { description, ...schema } = writer.field(field);
  return typeof description === "string" ? { description, schema } : { schema };
}
