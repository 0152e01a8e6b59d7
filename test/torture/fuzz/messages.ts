import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";
import { bigIntegers, hostileTexts, integers, seconds, textsFor } from "./vocabulary.ts";

/** Messages of a type, with values for its fields that are mostly what they are meant for. */
export function messages(desc: DescMessage, depth = 3): Arbitrary<Message> {
  if (desc.typeName === "google.protobuf.Timestamp") {
    const nanos = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 5_000_000, 999_999_999) },
      { weight: 1, arbitrary: integers },
    );
    return fc.record({ seconds, nanos }).map((init) => create(desc, init));
  }
  const members = desc.members.map((member) => [member.localName, fieldsOf(member, depth)] as const);
  const names = members.map(([name]) => name);
  // What names the thing is there in most requests; without it they come to nothing.
  const named = names.filter((name) => /^(?:orgId|featureKey|flagKey|enabled|updates|revision|context)$/.test(name));
  const init = (requiredKeys: string[]) => fc.record(Object.fromEntries(members), { requiredKeys });
  const inits = fc.oneof({ weight: 6, arbitrary: init(named) }, { weight: 1, arbitrary: init([]) });
  return inits.map((fields) => create(desc, fields));
}

function fieldsOf(member: DescMessage["members"][number], depth: number): Arbitrary<unknown> {
  if (member.kind === "field") {
    return values(member, depth);
  }
  const cases = member.fields.map((field) => items(field, depth).map((value) => ({ case: field.localName, value })));
  return fc.oneof(...cases);
}

function values(field: DescField, depth: number): Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "list":
      return fc.array(items(field, depth), { maxLength: 6 });
    case "map":
      return fc.dictionary(fc.oneof(hostileTexts, fc.constantFrom("targetingKey", "org_id")), items(field, depth), {
        maxKeys: 4,
        noNullPrototype: true,
      });
    default:
      return items(field, depth);
  }
}

function items(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.scalar !== undefined) {
    return scalars(field.scalar, field.name);
  }
  if (field.enum !== undefined) {
    return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), integers);
  }
  if (field.message === undefined || depth === 0) {
    return fc.constant(undefined);
  }
  return field.message.typeName === "google.protobuf.Struct" ? contexts : messages(field.message, depth - 1);
}

/** A field of the type `Struct` is created from a JSON object. */
const contexts = fc.oneof(
  { weight: 6, arbitrary: fc.record({ targetingKey: textsFor("org_id") }) },
  { weight: 3, arbitrary: fc.record({ targetingKey: textsFor("org_id"), org_id: fc.jsonValue({ maxDepth: 2 }) }) },
  { weight: 1, arbitrary: fc.dictionary(hostileTexts, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 }) },
);

function scalars(type: ScalarType, name: string): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return textsFor(name);
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 20 });
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return bigIntegers;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return bigIntegers.map((value) => (value < 0n ? -value : value));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return integers.map(Math.abs);
    default:
      return integers;
  }
}
