import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KindsSchema, KindsService } from "../gen/kinds_pb.ts";
import { implement } from "./implement.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

let server: RestServer;

beforeAll(async () => {
  const methods = KindsService.methods.map((method) => implement(method, () => create(KindsSchema)));
  server = await startRestServer({ methods, maxJsonDepth: 5 });
});

afterAll(() => server[Symbol.asyncDispose]());

const INT32 = "a decimal integer from -2147483648 to 2147483647";
const COLORS = "one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN, COLOR_BLUE, COLOR_INFRARED, or its number";

describe("query parameters that name no field, or no value of it", () => {
  test.for<[query: string, field: string, message: string]>([
    ["nope=1", "nope", '"nope": expected the name of a field: vectors.v1.Kinds has no such field'],
    ["__proto__=1", "__proto__", '"__proto__": expected the name of a field: vectors.v1.Kinds has no such field'],
    [
      "constructor.x=1",
      "constructor.x",
      '"constructor.x": expected the name of a field: vectors.v1.Kinds has no such field',
    ],
    ["=1", "", '"": expected the name of a field: vectors.v1.Kinds has no such field'],
    ["%5B%5D=1", "[]", '"[]": expected the name of a field: vectors.v1.Kinds has no such field'],
    ["a".repeat(200), `${"a".repeat(100)}…`, `"${"a".repeat(100)}…": expected the name of a field`],
    ["int32Value=x", "int32_value", `query parameter "int32Value": expected ${INT32}`],
    ["color=9", "color", `query parameter "color": expected ${COLORS}`],
    ["boolValue=", "bool_value", 'query parameter "boolValue": expected true or false'],
    ["wrapped_int32=x", "wrapped_int32", `query parameter "wrapped_int32": expected ${INT32}`],
    ["wrapped_int32.value=1", "wrapped_int32.value", "wrapped_int32 is no message with fields to name"],
    [
      "timestampValue=1",
      "timestamp_value",
      'query parameter "timestampValue": expected an RFC 3339 timestamp such as 2021-01-01T00:00:00Z',
    ],
    [
      "duration_value=1",
      "duration_value",
      'query parameter "duration_value": expected a duration in seconds such as 1.5s',
    ],
    ["field_mask=", "field_mask", 'query parameter "field_mask": expected field names, joined by commas'],
    [
      "nested=a",
      "nested",
      'query parameter "nested": expected the name of a field inside it, it is a vectors.v1.Nested',
    ],
    ["repeated_nested=a", "repeated_nested", "expected no list of messages, it has no form in a query"],
    ["nested_map[a]=b", "nested_map", "expected no map of messages, it has no form in a query"],
    ["labels=a", "labels", "expected a key, as in labels[key]"],
    ["labels[a=b", "labels[a", '"labels[a": expected "]" at the end of a map key'],
    ["labels[a].x=b", "labels[a].x", '"labels[a].x": expected "]" at the end of a map key'],
    ["string_value[a]=b", "string_value", "expected no key, the field is no map"],
    ["slots[x]=a", "slots", `expected a key that is ${INT32}`],
    ["slots[1]=a&slots[01]=b", "slots", "expected one value for each key, there are several"],
    ["labels[__proto__]=a&labels[__proto__]=b", "labels", "expected one value for each key, there are several"],
    [
      "string_value=a&stringValue=b",
      "string_value",
      'query parameter "stringValue": expected one value, there are several',
    ],
    ["wrapped_string=&wrapped_string=", "wrapped_string", "expected one value, there are several"],
    [
      "choice_text=a&choice_nested.label=b",
      "choice_nested.label",
      "expected one member of the oneof choice, there is choice_text already",
    ],
    ["nested.child.child.child.child.label=a", "nested.child.child.child.child.label", "expected at most 5 names"],
    ["string_value=%ff", "string_value", '"string_value": expected escapes (%XX) of UTF-8 in the value'],
    ["string_%zz=a", "string_%zz", '"string_%zz": expected escapes (%XX) of UTF-8 in the name'],
  ])("%s", async ([query, field, message]) => {
    const response = await server.send({ target: `/v1/kinds?${query}` });
    expect(response.status).toBe(400);
    expect(response.json).toEqual({
      code: 3,
      message: expect.stringContaining(message),
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          field_violations: [expect.objectContaining({ field, description: expect.any(String) })],
        },
      ],
    });
  });
});

describe("requests that say a field twice", () => {
  test.for<[method: string, target: string, body: string | undefined, message: string]>([
    ["GET", "/v1/kinds/a?id=a", undefined, 'query parameter "id": expected no query parameter, the path has the field'],
    ["POST", "/v1/kinds?id=a", "{}", '"id": expected no query parameters, all fields are in the body'],
    [
      "PATCH",
      "/v1/kinds/a?nested.size=1",
      "{}",
      'query parameter "nested.size": expected no query parameter, the body has the field',
    ],
    [
      "GET",
      "/v1/choices/a?choice_flag=true",
      undefined,
      "expected one member of the oneof choice, there is choice_text already",
    ],
  ])("%s %s", async ([method, target, body, message]) => {
    const response = await server.send({ method, target, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(400);
    expect(response.json).toMatchObject({ message: expect.stringContaining(message) });
  });
});

test.for<[target: string, field: string, description: string]>([
  ["/v1/typed/int32/x", "int32_value", `expected ${INT32}`],
  ["/v1/typed/color/nope", "color", `expected ${COLORS}`],
  ["/v1/nested/a/sizes/x", "nested.size", `expected ${INT32}`],
])("a path variable that does not parse names its field: %s", async ([target, field, description]) => {
  const response = await server.send({ target });
  expect(response.status).toBe(400);
  expect(response.json).toMatchObject({
    message: `"${field}": ${description}`,
    details: [{ field_violations: [{ field, description }] }],
  });
});
