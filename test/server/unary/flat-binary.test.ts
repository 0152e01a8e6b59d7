import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DeleteFeatureRequestSchema,
  GetFeatureResponseSchema,
  UpdateFeatureRequestSchema,
} from "../../../gen/orgflags/v1/feature_pb.ts";
import { CheckOrgFeatureFlagResponseSchema as CheckSchema } from "../../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { compileFlatReader, compileFlatWriter } from "../../../src/server/unary/flat-binary.ts";

const text = fc.oneof(fc.string({ maxLength: 140 }), fc.string({ unit: "binary" }), fc.constant(""));
const checks = fc.record({ orgId: text, featureKey: text, enabled: fc.boolean() });

function write(init: object | undefined): string | undefined {
  return compileFlatWriter(CheckSchema)?.(init);
}

function read(bytes: Uint8Array, desc: DescMessage = CheckSchema): object | undefined {
  return compileFlatReader(desc)?.(Buffer.from(bytes));
}

test("what is written is what toBinary writes", () => {
  fc.assert(
    fc.property(checks, (values) => {
      const general = Buffer.from(toBinary(CheckSchema, create(CheckSchema, values))).toString("latin1");
      expect(write(values) ?? general).toBe(general);
    }),
  );
});

test("what is read is what fromBinary reads, whatever the order and number of the fields", () => {
  fc.assert(
    fc.property(fc.array(checks, { maxLength: 3 }), (parts) => {
      const bytes = Buffer.concat(parts.map((values) => toBinary(CheckSchema, create(CheckSchema, values))));
      const general = fromBinary(CheckSchema, bytes);
      expect(read(bytes) ?? general).toEqual(general);
    }),
  );
});

test("bytes of any kind are read as by fromBinary, or left to it", () => {
  const bytesNear = fc.oneof(fc.constantFrom(0, 1, 2, 0x0a, 0x12, 0x18, 0x61, 0x7f, 0x80), fc.nat(255));
  fc.assert(
    fc.property(fc.array(bytesNear, { maxLength: 12 }), (numbers) => {
      const bytes = Buffer.from(numbers);
      const message = read(bytes);
      expect(message).toEqual(message && fromBinary(CheckSchema, bytes));
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ["the longest text there is a short way for", "x".repeat(127), true],
  ["a longer text", "x".repeat(128), false],
  ["text beyond ASCII", "é", false],
  ["no text", "", true],
])("%s", (_name, orgId, isFlat) => {
  expect(write({ orgId, featureKey: "a", enabled: true }) !== undefined).toBe(isFlat);
  expect(read(toBinary(CheckSchema, create(CheckSchema, { orgId }))) !== undefined).toBe(isFlat);
});

test("unknown fields are left to the general way", () => {
  const bytes = Buffer.from("\xa2\x06\x01b", "latin1");
  expect(read(bytes)).toBeUndefined();
  expect(write(fromBinary(CheckSchema, bytes))).toBeUndefined();
});

test.each([undefined, { orgId: 5, featureKey: "a", enabled: true }, { orgId: "a", featureKey: "a", enabled: 1 }])(
  "%j is left to the general way, which words the error",
  (init) => {
    expect(write(init)).toBeUndefined();
  },
);

test.each([
  ["a message within", GetFeatureResponseSchema, false],
  ["optional fields", UpdateFeatureRequestSchema, false],
  ["numbers", TimestampSchema, false],
  ["texts and no more", DeleteFeatureRequestSchema, true],
  ["a JSON form of its own", StringValueSchema, false],
])("a type with %s", (_name, desc, isFlat) => {
  expect(compileFlatWriter(desc) !== undefined).toBe(isFlat);
  expect(compileFlatReader(desc) !== undefined).toBe(isFlat);
});

test("each message that is read is one of its own", () => {
  const reader = compileFlatReader(CheckSchema);
  expect(reader?.(Buffer.alloc(0))).not.toBe(reader?.(Buffer.alloc(0)));
});
