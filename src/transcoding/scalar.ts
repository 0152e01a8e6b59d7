import { type DescEnum, ScalarType } from "@bufbuild/protobuf";

/** The value of a scalar or enum field, as protobuf-es keeps it; 64-bit integers are always `bigint`. */
export type Scalar = string | boolean | number | bigint | Uint8Array;

/** Twenty digits hold every integer; longer ones are out of range and not worth the time. */
const INTEGER = /^-?0*[0-9]{1,20}$/;
const FLOAT = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)(={0,2})$/;
const MAX_FLOAT32 = 3.4028234663852886e38;
const NON_FINITE = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const UINT32 = { min: 0n, max: 2n ** 32n - 1n };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const UINT64 = { min: 0n, max: 2n ** 64n - 1n };

/** Reads the text of a path variable, a query value or a map key; `undefined` where it is no value of the type. */
export function parseScalar(type: ScalarType, text: string): Scalar | undefined {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return parseBool(text);
    case ScalarType.BYTES:
      return parseBase64(text);
    case ScalarType.FLOAT:
      return parseFloatingPoint(text, MAX_FLOAT32);
    case ScalarType.DOUBLE:
      return parseFloatingPoint(text, Number.MAX_VALUE);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return parseInteger(text, INT32, Number);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return parseInteger(text, UINT32, Number);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return parseInteger(text, INT64, (value) => value);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return parseInteger(text, UINT64, (value) => value);
    default:
      return type satisfies never;
  }
}

/** Reads the name of an enum value, or a number that the enum knows; `undefined` for anything else. */
export function parseEnum(desc: DescEnum, text: string): number | undefined {
  const named = desc.values.find((value) => value.name === text || value.jsonName === text);
  if (named !== undefined) return named.number;
  const number = parseInteger(text, INT32, Number);
  return desc.values.some((value) => value.number === number) ? number : undefined;
}

/** What texts a scalar accepts, in words for an error message. */
export function describeScalar(type: ScalarType): string {
  switch (type) {
    case ScalarType.STRING:
      return "a string";
    case ScalarType.BOOL:
      return "true or false";
    case ScalarType.BYTES:
      return "base64, in the standard or the URL-safe alphabet";
    case ScalarType.FLOAT:
      return "a number in the range of a float, NaN, Infinity or -Infinity";
    case ScalarType.DOUBLE:
      return "a number in the range of a double, NaN, Infinity or -Infinity";
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return describeRange(INT32);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return describeRange(UINT32);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return describeRange(INT64);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return describeRange(UINT64);
    default:
      return type satisfies never;
  }
}

/** What texts an enum accepts, in words for an error message. */
export function describeEnum(desc: DescEnum): string {
  return `one of ${desc.values.map((value) => value.name).join(", ")}, or its number`;
}

function parseBool(text: string): boolean | undefined {
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}

function parseInteger<T>(text: string, range: typeof INT32, convert: (value: bigint) => T): T | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return value < range.min || value > range.max ? undefined : convert(value);
}

function parseFloatingPoint(text: string, max: number): number | undefined {
  const special = NON_FINITE.get(text);
  if (special !== undefined) return special;
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) > max ? undefined : value;
}

function parseBase64(text: string): Uint8Array | undefined {
  const match = BASE64.exec(text);
  if (match === null) return undefined;
  const padding = match[1]?.length ?? 0;
  if (padding > 0 && text.length % 4 !== 0) return undefined;
  if ((text.length - padding) % 4 === 1) return undefined;
  // A copy, because a Buffer may be a window on memory that others use.
  return new Uint8Array(Buffer.from(text, "base64"));
}

function describeRange(range: typeof INT32): string {
  return `a decimal integer from ${range.min} to ${range.max}`;
}
