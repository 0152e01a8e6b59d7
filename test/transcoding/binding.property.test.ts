import {
  create,
  createRegistry,
  fromJson,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readJsonBody } from "../../src/transcoding/json-body.ts";
import { bindPath } from "../../src/transcoding/path-binding.ts";
import { percentEncode } from "../../src/transcoding/percent.ts";
import { bindQuery } from "../../src/transcoding/query.ts";
import { bindVariables } from "../../src/transcoding/rule.ts";
import { parseTarget } from "../../src/transcoding/target.ts";
import { parseTemplate } from "../../src/transcoding/template.ts";
import { KindsSchema } from "../gen/kinds_pb.ts";

type Kinds = MessageShape<typeof KindsSchema>;

const scope = { message: KindsSchema, bound: new Set<string>(), body: undefined, maxDepth: 100 };
const text = fc.string({ unit: "grapheme" }).filter((value) => value.isWellFormed());
const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "a]", "[a", "a.b", ""));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
/** JSON has no NaN, and JavaScript writes -0 as 0. */
const toJsonNumber = (value: number): JsonValue => (Number.isFinite(value) ? value + 0 : String(value));
const double = fc.double().map(toJsonNumber);
const float = fc.float().map(toJsonNumber);
const bytes = fc.uint8Array().map((value) => Buffer.from(value).toString("base64"));
const color = fc.constantFrom("COLOR_UNSPECIFIED", "COLOR_RED", "COLOR_BLUE", "COLOR_INFRARED");
const seconds = fc.integer({ min: 1, max: 250_000_000_000 });
const timestamp = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

/** The JSON form of any message that has at least one field set in every message within. */
const kinds = fc.record(
  {
    string_value: text,
    bool_value: fc.boolean(),
    int32_value: int32,
    sint64_value: int64,
    fixed64_value: uint64,
    float_value: float,
    double_value: double,
    bytes_value: bytes,
    color,
    renamed_field: text,
    optional_string: text,
    optional_bool: fc.boolean(),
    nested: fc.record({
      label: text.filter((value) => value !== ""),
      tags: fc.array(text),
      labels: fc.dictionary(key, text),
    }),
    repeated_string: fc.array(text),
    repeated_int64: fc.array(int64),
    repeated_bytes: fc.array(bytes),
    repeated_color: fc.array(color),
    labels: fc.dictionary(key, text),
    counts: fc.dictionary(key, int32),
    slots: fc.dictionary(int32.map(String), text),
    choice_number: int32,
    wrapped_string: text,
    wrapped_uint64: uint64,
    wrapped_double: double,
    wrapped_bytes: bytes,
    timestamp_value: timestamp,
    duration_value: fc.tuple(seconds, fc.constantFrom("", "-")).map(([value, sign]) => `${sign}${value}s`),
    field_mask: fc.constantFrom("id", "stringValue,nested.seenAt"),
  },
  { requiredKeys: [] },
);

test("a message written as a query is read as the same message", () => {
  fc.assert(
    fc.property(kinds, (json) => {
      const message = create(KindsSchema);
      bindQuery(message, writeQuery(json as JsonObject), scope);
      expect(show(message)).toEqual(show(fromJson(KindsSchema, json as JsonObject)));
    }),
    { numRuns: 1000 },
  );
});

test("a message written as a body is read as the same message", () => {
  const options = { maxDepth: 100, registry: createRegistry() };
  fc.assert(
    fc.property(kinds, (json) => {
      const written = fromJson(KindsSchema, json as JsonObject);
      const body = Buffer.from(JSON.stringify(toJson(KindsSchema, written)));
      // It has been read as Kinds.
      expect(show(readJsonBody(KindsSchema, "*", body, options) as Kinds)).toEqual(show(written));
    }),
  );
});

test("fields written into a path are read as the same fields", () => {
  const template = parseTemplate("/v1/{string_value}/{nested.label}/{int64_value}/{color}/{file_path=files/**}:do");
  const variables = bindVariables("test", template, KindsSchema);
  const segment = text.filter((value) => value !== "");
  fc.assert(
    fc.property(segment, segment, int64, color, fc.array(segment), (string_value, label, int64_value, named, rest) => {
      const fields = [string_value, label, int64_value, named, "files", ...rest].map(percentEncode);
      const target = parseTarget(`/v1/${fields.join("/")}`);
      const path = target.kind === "target" ? target.path : expect.unreachable();
      const message = create(KindsSchema);
      bindPath(message, variables, path, template.segments.length);
      const file_path = ["files", ...rest].map((value) => value.replaceAll("/", "%2F")).join("/");
      const expected = { string_value, nested: { label }, int64_value, color: named, file_path };
      expect(show(message)).toEqual(show(fromJson(KindsSchema, expected)));
    }),
  );
});

/** Writes protobuf JSON as a query string, by the rules of the transcoder's page and without its code. */
function writeQuery(json: JsonObject, prefix = ""): string {
  const encode = (name: string, value: JsonValue): string =>
    `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
  const parameters = Object.entries(json).flatMap(([name, value]) => {
    const path = prefix + name;
    if (Array.isArray(value)) return value.map((item) => encode(path, item));
    if (typeof value !== "object" || value === null) return [encode(path, value)];
    if (name === "nested") return [writeQuery(value, `${path}.`)];
    return Object.entries(value).map(([entry, item]) => encode(`${path}[${entry}]`, item));
  });
  return parameters.join("&");
}

/** A form that can be compared: NaN is not equal to itself in a comparison of messages. */
function show(message: Kinds): JsonValue {
  return toJson(KindsSchema, message);
}
