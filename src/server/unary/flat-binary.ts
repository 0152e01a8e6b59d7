import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { type FlatField, type FlatValues, flatFields } from "./flat-fields.ts";

/** Reads a message from its binary form; undefined where it takes the general way, `fromBinary`. */
export type ReadFlatBinary = (bytes: Buffer) => Message | undefined;

/**
 * Writes a message in its binary form, as text of one character for each byte; undefined where it takes the general
 * way, `create` and `toBinary`.
 */
export type WriteFlatBinary = (init: object | undefined) => string | undefined;

// Up to these, a length is one byte, and so is a character.
const maxLength = 0x7f;
const ascii = /^[\0-\x7f]*$/;

/** Makes what reads requests of nothing but short ASCII strings and booleans; undefined for a type with other fields. */
export function compileFlatReader(desc: DescMessage): ReadFlatBinary | undefined {
  const fields = flatFields(desc);
  if (fields === undefined) {
    return undefined;
  }
  const byTag: FlatField[] = [];
  for (const field of fields) {
    byTag[tagOf(field)] = field;
  }
  const zero = create(desc);
  return (bytes) => {
    const message: Message & Record<string, unknown> = { ...zero };
    let at = 0;
    while (at < bytes.length) {
      const field = byTag[bytes[at] ?? 0];
      const value = field?.isString ? readString(bytes, at + 1) : readBoolean(bytes, at + 1);
      if (field === undefined || value === undefined) {
        return undefined;
      }
      message[field.localName] = value;
      at += typeof value === "string" ? 2 + value.length : 2;
    }
    return message;
  };
}

/** Makes what writes answers of nothing but short ASCII strings and booleans; undefined for a type with other fields. */
export function compileFlatWriter(desc: DescMessage): WriteFlatBinary | undefined {
  const fields = flatFields(desc)?.map((field) => ({ ...field, tag: String.fromCharCode(tagOf(field)) }));
  // Fields are properties of their local names.
  return fields === undefined ? undefined : (init) => writeFields(fields, init as FlatValues | undefined);
}

function writeFields(
  fields: readonly (FlatField & { tag: string })[],
  values: FlatValues | undefined,
): string | undefined {
  if (values === undefined || values.$unknown !== undefined) {
    return undefined;
  }
  let bytes = "";
  for (const { localName, isString, tag } of fields) {
    const value = values[localName];
    if (isString && typeof value === "string" && value.length <= maxLength && ascii.test(value)) {
      bytes += value === "" ? "" : tag + String.fromCharCode(value.length) + value;
    } else if (!isString && typeof value === "boolean") {
      bytes += value ? `${tag}\x01` : "";
    } else {
      return undefined;
    }
  }
  return bytes;
}

function tagOf({ desc, isString }: FlatField): number {
  return (desc.number << 3) | (isString ? WireType.LengthDelimited : WireType.Varint);
}

function readString(bytes: Buffer, at: number): string | undefined {
  const length = bytes[at] ?? maxLength + 1;
  const start = at + 1;
  const end = start + length;
  if (length > maxLength || end > bytes.length) {
    return undefined;
  }
  for (let index = start; index < end; index++) {
    if ((bytes[index] ?? 0) > maxLength) {
      return undefined;
    }
  }
  return bytes.toString("latin1", start, end);
}

function readBoolean(bytes: Buffer, at: number): boolean | undefined {
  const value = bytes[at];
  return value === 0 || value === 1 ? value === 1 : undefined;
}
