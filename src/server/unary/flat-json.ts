import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type FlatField, type FlatValues, flatFields } from "./flat-fields.ts";

/** Reads a message from JSON; undefined where it takes the general way, `fromJsonString`. */
export type ReadFlatJson = (bytes: Buffer) => Message | undefined;

/** Writes a message as JSON of ASCII only; undefined where it takes the general way, `create` and `toJsonString`. */
export type WriteFlatJson = (init: object | undefined) => string | undefined;

// Text that stands in JSON as it is: ASCII without control characters, quotes and backslashes.
const plain = "[ !#-[\\]-~]*";
const plainText = new RegExp(`^${plain}$`);
// One member of an object, with the comma or the brace behind it.
const member = new RegExp(` *"(${plain})" *: *(?:"(${plain})"|(true|false)) *([,}])`, "y");

// Longer texts are not read twice only to learn in the end that they take the general way.
const maxBytes = 1024;
const openingBrace = 0x7b;

/** Makes what reads requests of nothing but plain strings and booleans; undefined for a type with other fields. */
export function compileFlatJsonReader(desc: DescMessage): ReadFlatJson | undefined {
  const fields = flatFields(desc);
  if (fields === undefined) {
    return undefined;
  }
  const byName = new Map<string, FlatField>();
  for (const field of fields) {
    byName.set(field.desc.name, field);
    byName.set(field.desc.jsonName, field);
  }
  const zero = create(desc);
  return (bytes) => {
    if (bytes[0] !== openingBrace || bytes.length > maxBytes) {
      return undefined;
    }
    const message: Message & Record<string, unknown> = { ...zero };
    return readMembers(bytes.toString("latin1"), byName, message) ? message : undefined;
  };
}

/** Makes what writes answers of nothing but plain strings and booleans; undefined for a type with other fields. */
export function compileFlatJsonWriter(desc: DescMessage): WriteFlatJson | undefined {
  const fields = flatFields(desc)?.map((field) => ({ ...field, name: `${JSON.stringify(field.desc.jsonName)}:` }));
  // Fields are properties of their local names.
  return fields === undefined ? undefined : (init) => writeFields(fields, init as FlatValues | undefined);
}

/** Says whether the text is an object of such members, none of them twice. */
function readMembers(text: string, byName: ReadonlyMap<string, FlatField>, message: Record<string, unknown>): boolean {
  let seen = 0;
  member.lastIndex = 1;
  for (;;) {
    const [, name = "", value, word, end] = member.exec(text) ?? [];
    const field = byName.get(name);
    const bit = field === undefined ? 0 : 1 << field.desc.number;
    if (field === undefined || (seen & bit) !== 0 || field.isString !== (word === undefined)) {
      return false;
    }
    seen |= bit;
    message[field.localName] = value ?? word === "true";
    if (end === "}") {
      return member.lastIndex === text.length;
    }
  }
}

function writeFields(
  fields: readonly (FlatField & { name: string })[],
  values: FlatValues | undefined,
): string | undefined {
  if (values === undefined || values.$unknown !== undefined) {
    return undefined;
  }
  let members = "";
  for (const { localName, isString, name } of fields) {
    const value = values[localName];
    const separator = members === "" ? "" : ",";
    if (isString && typeof value === "string" && plainText.test(value)) {
      members += value === "" ? "" : `${separator}${name}"${value}"`;
    } else if (!isString && typeof value === "boolean") {
      members += value ? `${separator}${name}true` : "";
    } else {
      return undefined;
    }
  }
  return `{${members}}`;
}
