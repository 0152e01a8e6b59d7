import type { DescField } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { flat } from "./string-text.ts";
import type { Fields, WriteText } from "./write-text.ts";

/**
 * Appends a field of an object to the text of the object so far: its name and value, or nothing where it has none.
 * `undefined` where it does not take the value; `raw` as for `WriteText`.
 */
export type AppendField = (text: string, owner: Fields, raw: boolean) => string | undefined;

/** What appends the field; `zero` is what it holds in a message that was created from nothing. */
export function fieldAppender(field: DescField, write: WriteText, zero: unknown): AppendField {
  if (field.oneof !== undefined) return memberAppender(field, field.oneof.localName, write);
  // Lists and maps are of implicit presence, too.
  if (field.presence === FeatureSet_FieldPresence.IMPLICIT) return implicitAppender(field, write, zero);
  return explicitAppender(field, write, field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED);
}

/** A field that is always written. */
function implicitAppender({ name, localName }: DescField, write: WriteText, zero: unknown): AppendField {
  const append = memberText(name);
  const zeroText = write(zero, true);
  return (text, owner, raw) => {
    const value = owner[localName] ?? undefined;
    return append(text, value === undefined && !raw ? zeroText : write(value, raw));
  };
}

/** A field that is written where it is set. A message may have a default on its prototype, which is not set. */
function explicitAppender({ name, localName }: DescField, write: WriteText, required: boolean): AppendField {
  const append = memberText(name);
  return (text, owner, raw) => {
    const value = owner[localName];
    const isSet = raw ? value !== undefined && Object.hasOwn(owner, localName) : (value ?? undefined) !== undefined;
    if (isSet) return append(text, write(value, raw));
    return required ? undefined : text;
  };
}

/** A member of a oneof, which is written where the oneof holds it. */
function memberAppender({ name, localName }: DescField, oneofName: string, write: WriteText): AppendField {
  const append = memberText(name);
  return (text, owner, raw) => {
    const content = owner[oneofName] ?? undefined;
    if (content === undefined) return raw ? undefined : text;
    // Whatever else it is, it has no such property.
    const { case: member, value } = content as { readonly case?: unknown; readonly value?: unknown };
    return member === localName ? append(text, write(value, raw)) : text;
  };
}

function memberText(name: string): (text: string, value: string | undefined) => string | undefined {
  const first = flat(`${JSON.stringify(name)}:`);
  const next = flat(`,${first}`);
  return (text, value) => (value === undefined ? undefined : text + (text === "" ? first : next) + value);
}
