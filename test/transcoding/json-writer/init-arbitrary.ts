import { create, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";

/** What a field may be given that is no value of it. */
const strangers = fc.constantFrom<unknown>(null, undefined, "stranger", 1.5, [], {}, [null], { a: null }, true, 7n);
const strings = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 5 }) },
  // UTF-16 units, so that surrogates come alone, too.
  fc
    .array(fc.constantFrom(0x22, 0x5c, 0x1f, 0x7f, 0x61, 0xe9, 0x2028, 0xd83d, 0xde00), { maxLength: 4 })
    .map((units) => String.fromCharCode(...units)),
);
const keys = fc.oneof(
  { weight: 5, arbitrary: strings },
  fc.constantFrom("__proto__", "toJSON", "constructor", "10", "9"),
);
const numbers = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e21));

function scalars(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return strings;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 5 });
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return numbers;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.maxSafeInteger(), strings);
    default:
      return fc.oneof({ weight: 5, arbitrary: fc.integer() }, numbers);
  }
}

/** Objects that a message of the type may be created from, and messages; seldom something that is neither. */
export function inits(desc: DescMessage, depth: number): Arbitrary<object> {
  const fields = fc.record(
    Object.fromEntries(desc.members.map((member) => [member.localName, strangely(members(member, depth))])),
    { requiredKeys: [] },
  );
  const created = fields.map((init) => createMessage(desc, init));
  const overwritten = fc.tuple(created, fields).map(([message, init]) => Object.assign(message, init));
  const posing = fields.map((init) => ({ $typeName: "other.v1.Type", ...init }));
  return fc.oneof(
    { weight: 6, arbitrary: fields },
    { weight: 4, arbitrary: created },
    { weight: 1, arbitrary: overwritten },
    { weight: 1, arbitrary: posing },
  );
}

function members(member: DescMessage["members"][number], depth: number): Arbitrary<unknown> {
  if (member.kind === "field") return values(member, depth);
  const cases = member.fields.map((field) =>
    items(field, depth).map((value) => ({ case: field.localName, value }) as const),
  );
  return fc.oneof(...cases, fc.constantFrom({ case: undefined }, { case: "nobody", value: 1 }, {}));
}

function values(field: DescField, depth: number): Arbitrary<unknown> {
  const item = items(field, depth);
  switch (field.fieldKind) {
    case "list":
      return fc.array(strangely(item), { maxLength: 3 });
    case "map":
      return fc.dictionary(keys, strangely(item), { maxKeys: 3, noNullPrototype: false });
    default:
      return item;
  }
}

function items(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.scalar !== undefined) return scalars(field.scalar);
  if (field.enum !== undefined)
    return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), fc.nat(9));
  if (field.message === undefined || depth <= 0) return fc.constant(undefined);
  return messages(field.message, depth);
}

/** Values of a message field; well-known types come in range, out of it, and as their bare values. */
function messages(desc: DescMessage, depth: number): Arbitrary<unknown> {
  const whole = inits(desc, depth - 1);
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return fc.oneof(
        whole,
        timestamps(),
        timestamps().map((init) => createMessage(desc, init)),
      );
    case "google.protobuf.Struct":
      return fc.oneof(whole, fc.dictionary(keys, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }));
    case "google.protobuf.Any":
      return fc.oneof(whole, fc.constantFrom({}, { typeUrl: "type.googleapis.com/google.protobuf.Empty" }));
    default: {
      const scalar = /Value$/.test(desc.typeName) ? desc.fields[0]?.scalar : undefined;
      return scalar === undefined ? whole : fc.oneof(whole, scalars(scalar));
    }
  }
}

function timestamps(): Arbitrary<object> {
  const first = Date.parse("0001-01-01T00:00:00Z") / 1000;
  const last = Date.parse("9999-12-31T23:59:59Z") / 1000;
  const seconds = fc.oneof(
    fc.integer({ min: first - 1, max: last + 1 }),
    fc.constantFrom(first - 1, first, -1, 0, 1, last, last + 1),
    fc.integer({ min: -100_000, max: 100_000 }),
  );
  const nanos = fc.oneof(
    fc.constantFrom(0, -0, -1, 0.5, 1, 999_999_999, 1_000_000_000),
    fc.nat(999).map((millis) => millis * 1_000_000),
    fc.nat(999_999).map((micros) => micros * 1000),
    fc.nat(999_999_999),
  );
  return fc.record({ seconds: seconds.map(BigInt), nanos }, { requiredKeys: [] });
}

function strangely(arbitrary: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary }, { weight: 1, arbitrary: strangers });
}

function createMessage(desc: DescMessage, init: object): object {
  // What is wrong about the object is part of what is tested.
  return create(desc, init as Record<string, unknown>);
}
