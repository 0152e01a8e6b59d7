import { create, createRegistry } from "@bufbuild/protobuf";
import { anyPack, DurationSchema, EmptySchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { JsonForm } from "../../../src/transcoding/json-form.ts";
import { createOpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import { KindsSchema, KindsService } from "../../gen/kinds_pb.ts";
import { LibraryService, NotesSchema } from "../../gen/library_pb.ts";
import { compileSchema } from "./validate-document.ts";

const services = [KindsService, LibraryService];
const document = createOpenApiDocument({ services, info: { title: "test", version: "v1" } });
const { schemas } = document.components;
const json = new JsonForm(createRegistry(DurationSchema, EmptySchema));
const int64 = { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
const nonFinite = { type: "string", enum: ["NaN", "Infinity", "-Infinity"] };
const uint32 = { type: "integer", minimum: 0, maximum: 4294967295 };

describe("a field of the type", () => {
  test.for([
    ["string_value", { type: "string" }],
    ["bool_value", { type: "boolean" }],
    ["int32_value", { type: "integer", format: "int32" }],
    ["uint32_value", uint32],
    ["int64_value", int64],
    ["fixed64_value", { type: "string", format: "uint64", pattern: "^[0-9]+$" }],
    ["double_value", { oneOf: [{ type: "number", format: "double" }, nonFinite] }],
    ["bytes_value", { type: "string", contentEncoding: "base64" }],
    ["color", { $ref: "#/components/schemas/vectors.v1.Color" }],
    ["repeated_int64", { type: "array", items: int64 }],
    ["repeated_wrapped", { type: "array", items: { type: "string", format: "uint64", pattern: "^[0-9]+$" } }],
    ["repeated_nested", { type: "array", items: { $ref: "#/components/schemas/vectors.v1.Nested" } }],
    ["labels", { type: "object", additionalProperties: { type: "string" } }],
    ["slots", { type: "object", propertyNames: { pattern: "^-?[0-9]+$" }, additionalProperties: { type: "string" } }],
    ["wrapped_int64", int64],
    ["wrapped_uint32", uint32],
    ["timestamp_value", { type: "string", format: "date-time" }],
    ["duration_value", { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" }],
    ["field_mask", { type: "string", description: "Names of fields, joined by commas." }],
  ] as const)("%s has its schema", ([name, schema]) => {
    expect(schemas["vectors.v1.Kinds"]).toHaveProperty(["properties", name], schema);
  });
});

test("an enum is its names", () => {
  const names = ["COLOR_UNSPECIFIED", "COLOR_RED", "COLOR_GREEN", "COLOR_BLUE", "COLOR_INFRARED"];
  expect(schemas["vectors.v1.Color"]).toEqual({ type: "string", enum: names });
});

test("answers have every field of implicit presence, and no others are required", () => {
  const required = schemas["library.v1.Notes"]?.required;
  expect(required).toEqual(["books", "more", "constructor"]);
  expect(schemas["library.v1.Notes-request"]).not.toHaveProperty("required");
});

test("at most one member of a oneof is there", () => {
  const validate = compileSchema(document, "library.v1.Notes-request");
  expect([{}, { text: "a" }, { number: 1 }, { text: "a", number: 1 }].map((value) => validate(value))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("empty and full messages are as their schemas say", () => {
  const full = create(KindsSchema, {
    int64Value: 9007199254740993n,
    doubleValue: Number.NaN,
    floatValue: 1.5,
    bytesValue: new Uint8Array([255, 0]),
    color: 7,
    repeatedInt64: [1n],
    labels: { a: "b" },
    slots: { 3: "c" },
    nested: { label: "x", child: {} },
    nestedMap: { n: { seenAt: { seconds: 1n, nanos: 5 } } },
    choice: { case: "choiceNested", value: {} },
    wrappedInt64: 5n,
    wrappedBytes: new Uint8Array([1]),
    durationValue: { seconds: 1n, nanos: 500_000_000 },
    timestampValue: { seconds: 0n, nanos: 1 },
    fieldMask: { paths: ["nested.label"] },
  });
  const validate = compileSchema(document, "vectors.v1.Kinds");
  for (const message of [create(KindsSchema), full]) {
    validate(json.write(KindsSchema, message));
    expect(validate.errors).toBeNull();
  }
});

test("free values, Any and messages within themselves are as their schemas say", () => {
  const notes = create(NotesSchema, {
    free: { a: [1, null] },
    any: anyPack(DurationSchema, create(DurationSchema, { seconds: 1n })),
    value: { kind: { case: "boolValue", value: true } },
    books: { 1: { name: "b" } },
    inner: { inner: {} },
  });
  const validate = compileSchema(document, "library.v1.Notes");
  validate(json.write(NotesSchema, notes));
  expect(validate.errors).toBeNull();
});

test.for([
  [{ code: 3, message: "m", details: [] }, true],
  [{ code: 3, message: "m" }, false],
  [{ code: 3, message: "m", details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest" }] }, false],
  [{ code: 3, message: "m", details: [{ "@type": "type.googleapis.com/x.Y", z: 1 }] }, true],
  [{ code: 3, message: "m", details: [{ z: 1 }] }, false],
  [{ code: 3, message: "m", details: [], more: 1 }, false],
] as const)("the schema of errors takes %j: %s", ([value, valid]) => {
  expect(compileSchema(document, "google.rpc.Status")(value)).toBe(valid);
});
