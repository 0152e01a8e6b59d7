import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** What a message, or what one is made of, holds by the local names of its fields. */
export type FlatValues = Readonly<Record<string, unknown>>;

/** A field of a flat message. */
export interface FlatField {
  /** The name of the property that it is in a message. */
  readonly localName: string;
  readonly isString: boolean;
  readonly desc: DescField;
}

// Up to this one, a field's number and its wire type are one byte.
const maxNumber = 15;

/**
 * The fields of a type that has only strings and booleans, as a question with a plain answer does, in the order of their
 * numbers; undefined for other types. To read or write such messages field by field, as protobuf-es does for all types,
 * costs more than the rest of a call.
 */
export function flatFields(desc: DescMessage): readonly FlatField[] | undefined {
  // The JSON of well-known types is a form of their own.
  if (desc.typeName.startsWith("google.protobuf.") || !desc.fields.every(isFlat)) {
    return undefined;
  }
  const fields = desc.fields.toSorted((a, b) => a.number - b.number);
  return fields.map((field) => ({
    localName: field.localName,
    isString: field.scalar === ScalarType.STRING,
    desc: field,
  }));
}

function isFlat({ fieldKind, scalar, presence, number, oneof }: DescField): boolean {
  const isShort = fieldKind === "scalar" && (scalar === ScalarType.STRING || scalar === ScalarType.BOOL);
  return isShort && presence === FeatureSet_FieldPresence.IMPLICIT && oneof === undefined && number <= maxNumber;
}
