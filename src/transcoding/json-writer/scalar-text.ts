import { type DescEnum, ScalarType } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { quote } from "./string-text.ts";
import type { WriteText } from "./write-text.ts";

/** What writes values of a scalar type. */
export function scalarWriter(type: ScalarType): WriteText {
  switch (type) {
    case ScalarType.STRING:
      return (value) => (typeof value === "string" ? quote(value) : undefined);
    case ScalarType.BOOL:
      return writeBool;
    case ScalarType.BYTES:
      return (value) => (value instanceof Uint8Array ? `"${base64Encode(value)}"` : undefined);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return writeFloatingPoint;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return (value) => (typeof value === "number" ? numberText(value) : undefined);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return write64;
    default:
      return type satisfies never;
  }
}

/** What writes values of an enum: the name, or the number where that has none. */
export function enumWriter(desc: DescEnum): WriteText {
  if (desc.typeName === "google.protobuf.NullValue") {
    return (value) => (typeof value === "number" ? "null" : undefined);
  }
  const names = new Map(desc.values.map(({ number }) => [number, quote(desc.value[number]?.jsonName ?? "")]));
  return (value) => (typeof value === "number" ? (names.get(value) ?? numberText(value)) : undefined);
}

function writeBool(value: unknown): string | undefined {
  if (value === true) return "true";
  return value === false ? "false" : undefined;
}

function writeFloatingPoint(value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

function write64(value: unknown): string | undefined {
  if (typeof value === "string") return quote(value);
  return typeof value === "bigint" || Number.isInteger(value) ? `"${value}"` : undefined;
}

/** A number as `JSON.stringify` writes it. */
function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : "null";
}
