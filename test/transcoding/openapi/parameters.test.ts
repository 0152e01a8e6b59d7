import { expect, test } from "vitest";
import { createOpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import type { Operation, OperationMethod, Parameter } from "../../../src/transcoding/openapi/openapi.ts";
import { KindsService } from "../../gen/kinds_pb.ts";

const document = createOpenApiDocument({ services: [KindsService], info: { title: "test", version: "v1" } });

function operation(method: OperationMethod, path: string): Operation {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found;
}

function query(method: OperationMethod, path: string): readonly Parameter[] {
  return operation(method, path).parameters?.filter((parameter) => parameter.in === "query") ?? [];
}

function names(method: OperationMethod, path: string): readonly string[] {
  return query(method, path).map(({ name }) => name);
}

test("a query has every field with a text form, also those of messages within", () => {
  const all = names("get", "/v1/kinds");
  expect(all).toContain("string_value");
  expect(all).toContain("nested.label");
  expect(all).toContain("choice_nested.seen_at");
  expect(all).toContain("wrapped_int64");
  expect(all).toContain("renamed_field");
});

test.for(["nested", "repeated_nested", "repeated_wrapped", "nested_map", "nested.child.label"])(
  "a query has no parameter %s",
  (name) => {
    expect(names("get", "/v1/kinds")).not.toContain(name);
  },
);

test("what the path or the body holds is no query parameter", () => {
  expect(names("get", "/v1/kinds/{id}")).not.toContain("id");
  expect(names("get", "/v1/nested/{nested.label}")).not.toContain("nested.label");
  expect(names("get", "/v1/nested/{nested.label}")).toContain("nested.size");
  expect(names("patch", "/v1/kinds/{id}").filter((name) => name.startsWith("nested."))).toEqual([]);
  expect(names("post", "/v1/kinds")).toEqual([]);
});

test.for([
  ["repeated_string", { style: "form", explode: true, schema: { type: "array", items: { type: "string" } } }],
  ["counts", { style: "deepObject", explode: true, schema: { type: "object" } }],
  ["choice_text", { description: "Not beside `choice_number`, `choice_flag`, `choice_nested`." }],
  ["optional_int32", { schema: { type: "integer", format: "int32" } }],
] as const)("the query parameter %s has the form that the transcoder reads", ([name, expected]) => {
  expect(query("get", "/v1/kinds").find((parameter) => parameter.name === name)).toMatchObject(expected);
});

test.for([
  ["/v1/typed/int64/{int64_value}", { type: "string", format: "int64", pattern: "^-?[0-9]+$" }],
  ["/v1/typed/bool/{bool_value}", { type: "boolean" }],
  ["/v1/typed/color/{color}", { $ref: "#/components/schemas/vectors.v1.Color" }],
] as const)("the variable of %s has the schema of its field", ([path, schema]) => {
  expect(operation("get", path).parameters?.[0]?.schema).toEqual(schema);
});

test("the body of a whole message has the fields that the path does not hold", () => {
  const { requestBody } = operation("put", "/v1/kinds/{id}");
  const schema = requestBody?.content["application/json"]?.schema;
  expect(schema).not.toHaveProperty("properties.id");
  expect(schema).toHaveProperty("properties.string_value");
  const whole = operation("post", "/v1/kinds").requestBody?.content["application/json"]?.schema;
  expect(whole).toEqual({ $ref: "#/components/schemas/vectors.v1.Kinds-request" });
});

test.for([
  ["/v1/kinds/{id}/strings", { type: "array", items: { type: "string" } }],
  ["/v1/kinds/{id}/nested", { type: "array", items: { $ref: "#/components/schemas/vectors.v1.Nested-request" } }],
  ["/v1/kinds/{id}/text", { type: "string" }],
] as const)("the body of %s is the field", ([path, schema]) => {
  expect(operation("put", path).requestBody).toEqual({ required: false, content: { "application/json": { schema } } });
});
