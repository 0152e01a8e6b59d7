import { create, createRegistry, type DescMessage, setExtension, toJson } from "@bufbuild/protobuf";
import {
  AnySchema,
  DurationSchema,
  EmptySchema,
  FieldDescriptorProtoSchema,
  FieldMaskSchema,
  FieldOptionsSchema,
  file_google_protobuf_empty,
  file_google_protobuf_timestamp,
  Int64ValueSchema,
  ListValueSchema,
  MethodOptionsSchema,
  StructSchema,
  TimestampSchema,
  UninterpretedOptionSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { file_google_api_annotations, http } from "../../../gen/google/api/annotations_pb.ts";
import { HttpRuleSchema } from "../../../gen/google/api/http_pb.ts";
import { BadRequestSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { JsonForm } from "../../../src/transcoding/json-form.ts";
import { JsonWriter } from "../../../src/transcoding/json-writer/json-writer.ts";
import { KindsSchema, NestedSchema } from "../../gen/kinds_pb.ts";
import { BookSchema, GetAuthorResponseSchema, NotesSchema } from "../../gen/library_pb.ts";
import { inits } from "./init-arbitrary.ts";
import { messageTypes } from "./message-types.ts";

const registry = createRegistry(file_google_protobuf_empty, file_google_protobuf_timestamp);
const options = { registry, useProtoFieldName: true, alwaysEmitImplicit: true };

const descs: readonly DescMessage[] = [
  KindsSchema,
  NestedSchema,
  BookSchema,
  GetAuthorResponseSchema,
  NotesSchema,
  BadRequestSchema,
  // Of proto2: presence by prototypes, defaults, required fields, extensions.
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  UninterpretedOptionSchema,
  AnySchema,
  DurationSchema,
  EmptySchema,
  FieldMaskSchema,
  Int64ValueSchema,
  ListValueSchema,
  StructSchema,
  TimestampSchema,
  ValueSchema,
];

/** The text of the general way. */
function generalText(desc: DescMessage, init: object): string {
  // What is wrong about the object is part of what is tested.
  return JSON.stringify(toJson(desc, create(desc, init as Record<string, unknown>), options));
}

/** The text, or what the error says that there is instead. */
function outcome(write: () => string): { text: string } | { error: string } {
  try {
    return { text: write() };
  } catch (error) {
    return { error: String(error) };
  }
}

describe("the text of an object is that of the message that is created from it", () => {
  const form = new JsonForm(registry);

  test.for(descs.map((desc) => [desc.typeName, desc] as const))("%s", ([, desc]) => {
    const property = fc.property(inits(desc, 2), (init) => {
      expect(outcome(() => form.stringify(desc, init))).toEqual(outcome(() => generalText(desc, init)));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("any type", () => {
    const cases = messageTypes().chain((desc) => fc.tuple(fc.constant(desc), inits(desc, 2)));
    const property = fc.property(cases, ([desc, init]) => {
      expect(outcome(() => form.stringify(desc, init))).toEqual(outcome(() => generalText(desc, init)));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test("extensions are written", () => {
  const known = createRegistry(file_google_api_annotations);
  const methodOptions = create(MethodOptionsSchema);
  setExtension(methodOptions, http, create(HttpRuleSchema, { selector: "a" }));
  const json = JSON.parse(new JsonForm(known).stringify(MethodOptionsSchema, methodOptions));
  expect(json).toMatchObject({ "[google.api.http]": { selector: "a" } });
});

test("maps are written whole, whatever they were before: longer, with long keys, in another order", () => {
  const form = new JsonForm(registry);
  const numbers = Array.from({ length: 1500 }, (_, number) => number);
  const labels = Object.fromEntries(numbers.map((number) => [`${"x".repeat(number)}${number}`, "y"]));
  const reversed = Object.fromEntries(Object.entries(labels).reverse());
  for (const init of [{ labels: {} }, { labels: reversed }, { labels }, { labels: reversed }, { labels: { z: "y" } }]) {
    expect(form.stringify(BookSchema, init)).toBe(generalText(BookSchema, init));
  }
});

test("what is usual does not take the general way", () => {
  const writer = new JsonWriter((desc) => {
    throw new Error(`${desc.typeName} goes the general way`);
  });
  const nested = { label: "a", tags: ["b"], child: { seenAt: { seconds: 1n, nanos: 5_000_000 } } };
  const text = writer.write(KindsSchema, {
    id: "\ud800",
    int64Value: 7n,
    color: 7,
    nested: create(NestedSchema, { label: "a" }),
    repeatedNested: [nested, create(NestedSchema, nested)],
    repeatedBytes: [new Uint8Array(2)],
    labels: { a: "b", __proto__: null },
    nestedMap: { a: nested },
    choice: { case: "choiceNested", value: nested },
    wrappedUint64: 8n,
    optionalBool: false,
  });
  expect(JSON.parse(text)).toMatchObject({ id: "\ud800", color: "COLOR_BLUE", int64_value: "7", wrapped_uint64: "8" });
});
