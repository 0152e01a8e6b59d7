import { type DescEnum, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapper } from "../field-path.ts";
import type { Schema } from "./openapi.ts";

const NON_FINITE = { type: "string", enum: ["NaN", "Infinity", "-Infinity"] };
const ANY = {
  type: "object",
  description: "A message of the type that `@type` names, such as `type.googleapis.com/google.protobuf.Duration`.",
  required: ["@type"],
  properties: { "@type": { type: "string" } },
  additionalProperties: true,
};

/** The types that protobuf JSON gives a form of their own, other than the wrappers. */
const WELL_KNOWN: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ["google.protobuf.Any", ANY],
  ["google.protobuf.Duration", { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" }],
  ["google.protobuf.FieldMask", { type: "string", description: "Names of fields, joined by commas." }],
  ["google.protobuf.ListValue", { type: "array", items: {} }],
  ["google.protobuf.Struct", { type: "object", additionalProperties: true }],
  ["google.protobuf.Timestamp", { type: "string", format: "date-time" }],
  ["google.protobuf.Value", { description: "Any JSON value." }],
]);

/** The schema of a type with a JSON form of its own; `undefined` for messages that are objects of their fields. */
export function wellKnownSchema(message: DescMessage): Schema | undefined {
  const [value] = message.fields;
  if (isWrapper(message) && value?.scalar !== undefined) return scalarSchema(value.scalar);
  return WELL_KNOWN.get(message.typeName);
}

/** The schema of a scalar in protobuf JSON; 64-bit integers are strings there. */
export function scalarSchema(type: ScalarType): Schema {
  switch (type) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.FLOAT:
      return { oneOf: [{ type: "number", format: "float" }, NON_FINITE] };
    case ScalarType.DOUBLE:
      return { oneOf: [{ type: "number", format: "double" }, NON_FINITE] };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: "integer", format: "int32" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: "string", format: "uint64", pattern: "^[0-9]+$" };
    default:
      return type satisfies never;
  }
}

/** The schema of an enum: its names, and `null` for `google.protobuf.NullValue`. */
export function enumSchema(desc: DescEnum): Schema {
  if (desc.typeName === "google.protobuf.NullValue") return { type: "null" };
  return { type: "string", enum: desc.values.map(({ name }) => name) };
}

/** The schema of the keys of a map, `undefined` where they are any strings. */
export function keySchema(type: ScalarType): Schema | undefined {
  if (type === ScalarType.STRING) return undefined;
  if (type === ScalarType.BOOL) return { enum: ["true", "false"] };
  const { minimum, pattern } = scalarSchema(type);
  return { pattern: pattern ?? (minimum === 0 ? "^[0-9]+$" : "^-?[0-9]+$") };
}
