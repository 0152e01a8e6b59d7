import { create, type DescField, type DescOneof, type Message } from "@bufbuild/protobuf";
import { type FieldPath, lastField } from "./field-path.ts";

/** A message as protobuf-es lays it out: a property for each field, by `localName`, and for each oneof. */
type Fields = Record<string, unknown>;

/** The content of a oneof: the member that is set, by `localName`, and its value. */
interface OneofValue {
  readonly case: string | undefined;
  readonly value?: unknown;
}

/** Two members of one oneof in one request: `other` is the name of the one that is set already. */
export class OneofConflict {
  readonly oneof: DescOneof;
  readonly other: string;

  constructor(oneof: DescOneof, other: string) {
    this.oneof = oneof;
    this.other = other;
  }
}

/** Sets a singular field, with the messages on the way to it; or leaves all as it is where a oneof is taken. */
export function setField(root: Message, path: FieldPath, value: unknown): OneofConflict | undefined {
  const owner = openOwner(root, path);
  return owner instanceof OneofConflict ? owner : setMember(owner, lastField(path), value);
}

/** Adds an item to a list field. */
export function addItem(root: Message, path: FieldPath, value: unknown): OneofConflict | undefined {
  const owner = openOwner(root, path);
  if (owner instanceof OneofConflict) return owner;
  // Lists are arrays in every message, empty ones too.
  const list = owner[lastField(path).localName] as unknown[];
  list.push(value);
  return undefined;
}

/** Adds an entry to a map field; `duplicate-key` where the key is there. */
export function addEntry(
  root: Message,
  path: FieldPath,
  key: string,
  value: unknown,
): OneofConflict | "duplicate-key" | undefined {
  const owner = openOwner(root, path);
  if (owner instanceof OneofConflict) return owner;
  // Maps are objects in every message, empty ones too.
  const map = owner[lastField(path).localName] as object;
  if (Object.hasOwn(map, key)) return "duplicate-key";
  // Not an assignment: `__proto__` is a key like any other.
  Object.defineProperty(map, key, { value, configurable: true, enumerable: true, writable: true });
  return undefined;
}

/** The value of a singular field as the message keeps it; `undefined` where it is not set or lacks a message. */
export function getField(root: Message, path: FieldPath): unknown {
  let value: unknown = root;
  for (const field of path) {
    if (value === undefined) return undefined;
    // Every step but the last is a message, see `resolveFieldPath`.
    value = getMember(value as Fields, field);
  }
  return value;
}

function openOwner(root: Message, path: FieldPath): Fields | OneofConflict {
  // A message is an object with a property for each field.
  let owner = root as unknown as Fields;
  for (const field of path.slice(0, -1)) {
    let next = getMember(owner, field);
    if (next === undefined) {
      if (field.message === undefined) throw new TypeError(`${field} is no message`);
      next = create(field.message);
      const conflict = setMember(owner, field, next);
      if (conflict !== undefined) return conflict;
    }
    // Every step but the last is a message, see `resolveFieldPath`.
    owner = next as Fields;
  }
  return owner;
}

function setMember(owner: Fields, field: DescField, value: unknown): OneofConflict | undefined {
  const { oneof } = field;
  if (oneof === undefined) {
    owner[field.localName] = value;
    return undefined;
  }
  const taken = readOneof(owner, oneof).case;
  if (taken !== undefined && taken !== field.localName) {
    const other = oneof.fields.find((member) => member.localName === taken)?.name ?? taken;
    return new OneofConflict(oneof, other);
  }
  owner[oneof.localName] = { case: field.localName, value };
  return undefined;
}

function getMember(owner: Fields, field: DescField): unknown {
  if (field.oneof === undefined) return owner[field.localName];
  const content = readOneof(owner, field.oneof);
  return content.case === field.localName ? content.value : undefined;
}

function readOneof(owner: Fields, oneof: DescOneof): OneofValue {
  // Every message has its oneofs, with `case: undefined` where none is set.
  return owner[oneof.localName] as OneofValue;
}
