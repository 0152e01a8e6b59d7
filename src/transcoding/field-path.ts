import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** The fields from a message down to one of its own or of a message within; never empty. */
export type FieldPath = readonly [DescField, ...DescField[]];

/** A step of a field path that leads nowhere: its index, and why. */
export interface FieldPathFault {
  readonly index: number;
  readonly reason: string;
}

const SCALAR_JSON = new Set(
  ["Any", "Duration", "FieldMask", "ListValue", "Struct", "Timestamp", "Value"].map(
    (name) => `google.protobuf.${name}`,
  ),
);
const WRAPPER = /^google\.protobuf\.(?:Bool|Bytes|Double|Float|Int32|Int64|String|UInt32|UInt64)Value$/;

const namesByMessage = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** Whether the type is one of `google/protobuf/wrappers.proto`. */
export function isWrapper(message: DescMessage): boolean {
  return WRAPPER.test(message.typeName);
}

/** Whether protobuf JSON gives the type a form of its own, so that its fields cannot be named one by one. */
export function hasOwnJsonForm(message: DescMessage): boolean {
  return SCALAR_JSON.has(message.typeName) || isWrapper(message);
}

/** The field of this proto or JSON name. */
export function findField(message: DescMessage, name: string): DescField | undefined {
  let names = namesByMessage.get(message);
  if (names === undefined) {
    // Proto names come last: one that is another field's JSON name as well stands for its own field.
    const byJson = message.fields.map((field) => [field.jsonName, field] as const);
    names = new Map([...byJson, ...message.fields.map((field) => [field.name, field] as const)]);
    namesByMessage.set(message, names);
  }
  return names.get(name);
}

/** The field path that the names spell, each found by `find`; all but the last are messages that can be entered. */
export function resolveFieldPath(
  root: DescMessage,
  names: readonly string[],
  find: (message: DescMessage, name: string) => DescField | undefined,
): FieldPath | FieldPathFault {
  const path: DescField[] = [];
  let message: DescMessage | undefined = root;
  for (const [index, name] of names.entries()) {
    if (message === undefined) return { index, reason: `${path.at(-1)?.name} is no message with fields to name` };
    const field = find(message, name);
    if (field === undefined) return { index, reason: `${message.typeName} has no such field` };
    path.push(field);
    message = field.fieldKind === "message" && !hasOwnJsonForm(field.message) ? field.message : undefined;
  }
  const [first, ...others] = path;
  return first === undefined ? { index: 0, reason: "no field is named" } : [first, ...others];
}

/** Whether `resolveFieldPath` failed. */
export function isFieldPathFault(result: FieldPath | FieldPathFault): result is FieldPathFault {
  return "reason" in result;
}

/** The path in proto names, joined by dots. */
export function formatFieldPath(path: FieldPath): string {
  return path.map((field) => field.name).join(".");
}

/** The last field of the path. */
export function lastField(path: FieldPath): DescField {
  return path[path.length - 1] ?? path[0];
}
