import { type DescField, getOption, hasOption, type JsonValue } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { FieldBehavior, field_behavior } from "../../../gen/google/api/field_behavior_pb.ts";
import {
  type FieldSchema,
  field_schema,
  named_schema,
  required_oneof,
} from "../../../gen/transcoding/v1/annotations_pb.ts";
import type { Schema } from "./openapi.ts";

/** Which way a message goes. */
export type Direction = "request" | "response";

/** What the options of a field say about its values. */
export interface FieldRules {
  /** Keywords for each value: of a list, for its items. */
  readonly value: Schema;
  /** Keywords for a list as a whole. */
  readonly list: Schema;
  /** Keywords for the field as a request has it. */
  readonly field: Schema;
}

/**
 * Whether the JSON object of a message always has the field. Answers have every field of implicit presence, whatever
 * its value; a request needs those that `google.api.field_behavior` calls `REQUIRED`.
 */
export function isRequired(field: DescField, direction: Direction): boolean {
  if (direction === "request") return getOption(field, field_behavior).includes(FieldBehavior.REQUIRED);
  return !hasPresence(field) || getOption(field, field_schema).alwaysPresent;
}

/** Whether the field can be absent, so that it is not in an answer where it is not set. */
export function hasPresence(field: DescField): boolean {
  return field.presence !== FeatureSet_FieldPresence.IMPLICIT;
}

/** The oneofs of which a request must have a member. */
export function isRequiredOneof(oneof: NonNullable<DescField["oneof"]>): boolean {
  return getOption(oneof, required_oneof);
}

/** What the options of a field say. Throws an `Error` that names the field where they make no sense. */
export function readFieldRules(field: DescField): FieldRules {
  if (!hasOption(field, field_schema)) return { value: {}, list: {}, field: {} };
  const own = getOption(field, field_schema);
  const schemas = own.named === "" ? [own] : [findNamed(field, own.named), own];
  const collect = (read: (schema: FieldSchema) => Schema): Schema => Object.assign({}, ...schemas.map(read));
  return {
    value: collect(valueKeywords),
    list: collect(({ minItems, maxItems }) => compact({ minItems, maxItems })),
    field: collect(({ defaultJson, constJson }) =>
      compact({ default: parse(field, defaultJson), const: parse(field, constJson) }),
    ),
  };
}

/** The keywords of a single value. */
export function valueKeywords({ pattern, minLength, maxLength, minimum, maximum }: FieldSchema): Schema {
  return compact({ pattern: pattern || undefined, minLength, maxLength, minimum, maximum });
}

function findNamed(field: DescField, name: string): FieldSchema {
  const named = getOption(field.parent.file, named_schema).find((candidate) => candidate.name === name);
  if (named?.schema !== undefined) return named.schema;
  throw new Error(
    `${field}: no schema is named "${name}"; add a named_schema option to ${field.parent.file.proto.name}`,
  );
}

function parse(field: DescField, json: string): JsonValue | undefined {
  if (json === "") return undefined;
  try {
    return JSON.parse(json);
  } catch {
    // V8 words it by position; the field says more.
    throw new Error(`${field}: its field_schema holds ${json}, which is no JSON`);
  }
}

function compact(keywords: Record<string, JsonValue | undefined>): Schema {
  const given = Object.entries(keywords).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
