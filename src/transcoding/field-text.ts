import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type ScalarType,
} from "@bufbuild/protobuf";
import { isWrapper } from "./field-path.ts";
import { describeEnum, describeScalar, parseEnum, parseScalar, type Scalar } from "./scalar.ts";
import { findTextForm } from "./well-known.ts";

/** What a field, an item of a list or a value of a map is: exactly one of the three is there. */
interface Typed {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

/** Whether values of the field (or its items, or the values of its map) can be written as a text at all. */
export function hasTextForm(field: Typed): boolean {
  return field.message === undefined || isWrapper(field.message) || findTextForm(field.message) !== undefined;
}

/**
 * Reads a text as a value of the field, an item of the list or a value of the map, in the form in which a message keeps
 * it; `undefined` where it is no such value.
 */
export function parseFieldText(field: DescField, text: string): Scalar | Message | undefined {
  const value = parseTyped(field, text);
  return typeof value === "bigint" && "longAsString" in field && field.longAsString ? String(value) : value;
}

/** What a field accepts, in words for an error message. */
export function describeField(field: Typed): string {
  if (field.scalar !== undefined) return describeScalar(field.scalar);
  if (field.enum !== undefined) return describeEnum(field.enum);
  const message = field.message;
  const wrapped = message && wrappedScalar(message);
  if (wrapped !== undefined) return describeScalar(wrapped);
  const form = message && findTextForm(message);
  return form?.description ?? `a JSON object of ${message?.typeName}`;
}

function parseTyped(field: Typed & { readonly oneof?: unknown }, text: string): Scalar | Message | undefined {
  if (field.scalar !== undefined) return parseScalar(field.scalar, text);
  if (field.enum !== undefined) return parseEnum(field.enum, text);
  const message = field.message;
  if (message === undefined) return undefined;
  const wrapped = wrappedScalar(message);
  if (wrapped === undefined) return findTextForm(message)?.parse(text);
  const value = parseScalar(wrapped, text);
  // protobuf-es keeps a wrapper as its bare value, but for members of a oneof.
  if (value === undefined || field.oneof === undefined) return value;
  return create(message, { value });
}

function wrappedScalar(message: DescMessage): ScalarType | undefined {
  return isWrapper(message) ? message.fields[0]?.scalar : undefined;
}
