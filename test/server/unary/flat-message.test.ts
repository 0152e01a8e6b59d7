import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EmptySchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GetFeatureResponseSchema, UpdateFeatureRequestSchema } from "../../../gen/orgflags/v1/feature_pb.ts";
import { CheckOrgFeatureFlagResponseSchema as CheckSchema } from "../../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { compileFlat } from "../../../src/server/unary/flat-message.ts";

const text = fc.oneof(fc.string({ maxLength: 140 }), fc.string({ unit: "binary" }), fc.constant(""));

test("what is written is what toBinary writes, behind the bytes left free", () => {
  const write = compileFlat(CheckSchema);
  const fields = fc.record({ orgId: text, featureKey: text, enabled: fc.boolean() });
  fc.assert(
    fc.property(fields, fc.nat(9), (values, freeBytes) => {
      const message = create(CheckSchema, values);
      const general = Buffer.from(toBinary(CheckSchema, message));
      const written = write?.(message, freeBytes)?.subarray(freeBytes) ?? general;
      expect(written.toString("hex")).toBe(general.toString("hex"));
    }),
  );
});

test.each([
  ["the longest text there is a short way for", "x".repeat(127), true],
  ["a longer text", "x".repeat(128), false],
  ["text beyond ASCII", "é", false],
  ["no text", "", true],
])("%s", (_name, orgId, isWritten) => {
  const message = create(CheckSchema, { orgId });
  expect(compileFlat(CheckSchema)?.(message, 0) !== undefined).toBe(isWritten);
});

test("unknown fields are left to toBinary", () => {
  const message = fromBinary(CheckSchema, Buffer.from("\xa2\x06\x01b", "latin1"));
  expect(compileFlat(CheckSchema)?.(message, 0)).toBeUndefined();
});

test("values of another type are left to toBinary, which words the error", () => {
  const message = create(CheckSchema);
  expect(compileFlat(CheckSchema)?.(Object.assign(message, { orgId: 5 }), 0)).toBeUndefined();
});

test.each([
  ["a message within", GetFeatureResponseSchema, false],
  ["optional fields", UpdateFeatureRequestSchema, false],
  ["numbers", TimestampSchema, false],
  ["no fields", EmptySchema, true],
])("a type with %s", (_name, desc, isFlat) => {
  expect(compileFlat(desc) !== undefined).toBe(isFlat);
});
