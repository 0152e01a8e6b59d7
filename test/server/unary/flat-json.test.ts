import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GetFeatureResponseSchema } from "../../../gen/orgflags/v1/feature_pb.ts";
import { CheckOrgFeatureFlagResponseSchema as CheckSchema } from "../../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { compileFlatJsonReader, compileFlatJsonWriter } from "../../../src/server/unary/flat-json.ts";

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", '"', "\\", "\x7f", "\ud800"));
const checks = fc.record({ orgId: text, featureKey: text, enabled: fc.boolean() });
// protobuf-es refuses what is not.
const wellFormed = checks.filter(({ orgId, featureKey }) => orgId.isWellFormed() && featureKey.isWellFormed());

function write(init: object | undefined): string | undefined {
  return compileFlatJsonWriter(CheckSchema)?.(init);
}

function read(json: string): object | undefined {
  return compileFlatJsonReader(CheckSchema)?.(Buffer.from(json));
}

function readGenerally(json: string): object {
  return fromJsonString(CheckSchema, json, { ignoreUnknownFields: true });
}

test("what is written is what toJsonString writes", () => {
  fc.assert(
    fc.property(checks, (values) => {
      const general = toJsonString(CheckSchema, create(CheckSchema, values));
      expect(write(values) ?? general).toBe(general);
    }),
  );
});

test("what is read is what fromJsonString reads", () => {
  fc.assert(
    fc.property(wellFormed, fc.constantFrom(undefined, 1), (values, indent) => {
      const json = JSON.stringify(values, undefined, indent);
      const general = readGenerally(json);
      expect(read(json) ?? general).toEqual(general);
    }),
  );
});

test("text that is nearly JSON is read as by fromJsonString, or left to it", () => {
  const token = fc.constantFrom("{", "}", ":", ",", " ", '"', '"orgId"', '"org_id"', '"enabled"', '"a"', "true", "5");
  const entry = fc.constantFrom('"orgId":"a"', '"org_id" : "b"', '"enabled":true', '"enabled": false', '"enabled":""');
  fc.assert(
    fc.property(fc.array(fc.oneof(entry, entry, token), { maxLength: 4 }), token, (tokens, between) => {
      const json = `{${tokens.join(between)}}`;
      const message = read(json);
      expect(message).toEqual(message && readGenerally(json));
    }),
    { numRuns: 5000 },
  );
});

describe("the short way", () => {
  test.each([
    '{"orgId":"a","featureKey":"b","enabled":true}',
    '{"org_id": "a", "feature_key": "b"}',
    '{ "enabled" : false }',
    '{"orgId":"[{:,}]"}',
  ])("takes %s", (json) => {
    expect(read(json)).toEqual(readGenerally(json));
  });

  test.each([
    ["another kind", "[]"],
    ["no member", "{}"],
    ["an unknown field", '{"orgId":"a","b":"c"}'],
    ["a field twice", '{"orgId":"a","orgId":"b"}'],
    ["a field by both of its names", '{"orgId":"a","org_id":"b"}'],
    ["a value of another type", '{"orgId":true}'],
    ["a text for a truth", '{"enabled":"true"}'],
    ["null", '{"orgId":null}'],
    ["an escape", '{"orgId":"\\u0061"}'],
    ["text beyond ASCII", '{"orgId":"é"}'],
    ["a control character", '{"orgId":"\t"}'],
    ["a comma behind the last member", '{"orgId":"a",}'],
    ["more behind the end", '{"orgId":"a"} {}'],
    ["no end", '{"orgId":"a"'],
    ["the name of a property of all objects", '{"__proto__":"a"}'],
    ["more than a short text", `{"orgId":"${"x".repeat(1100)}"}`],
  ])("leaves %s to the general one", (_name, json) => {
    expect(read(json)).toBeUndefined();
  });

  test.each([undefined, { orgId: 5 }, { orgId: "é", featureKey: "a", enabled: true }, { $unknown: [] }])(
    "leaves the answer %j to the general one",
    (init) => {
      expect(write(init)).toBeUndefined();
    },
  );
});

test.each([
  ["a message within", GetFeatureResponseSchema],
  ["numbers", TimestampSchema],
  ["a JSON form of its own", StringValueSchema],
])("a type with %s has no short way", (_name, desc) => {
  expect(compileFlatJsonReader(desc)).toBeUndefined();
  expect(compileFlatJsonWriter(desc)).toBeUndefined();
});
