import { create, setExtension } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { http } from "../../gen/google/api/annotations_pb.ts";
import { HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import { readRules } from "../../src/transcoding/rule.ts";
import { LibraryService } from "../gen/library_pb.ts";
import { createMethods, type RuleSpec } from "./dynamic-methods.ts";

function read(rule: RuleSpec) {
  return createMethods([rule], "vectors.v1.Kinds").flatMap(readRules);
}

const KINDS = "vectors.v1.Kinds";
const TOP = "use the name of a top-level field";
const SINGULAR = "use a singular scalar or enum field";

describe("a rule that cannot be served", () => {
  test.for<[rule: Partial<RuleSpec>, column: number, reason: string]>([
    [{ template: "/v1/{id" }, 8, 'found the end, expected "}"'],
    [{ template: "v1" }, 1, 'found "v", expected "/"'],
    [{ template: "/v1/{nope}" }, 6, `no field "nope": ${KINDS} has no such field; use proto names`],
    [{ template: "/v1/{id}/{stringValue}" }, 11, `no field "stringValue": ${KINDS} has no such field; use proto names`],
    [
      { template: "/v1/{nested.child.nope}" },
      19,
      'no field "nested.child.nope": vectors.v1.Nested has no such field; use proto names',
    ],
    [{ template: "/v1/{id.x}" }, 9, 'no field "id.x": id is no message with fields to name; use proto names'],
    [
      { template: "/v1/{timestamp_value.seconds}" },
      22,
      'no field "timestamp_value.seconds": timestamp_value is no message with fields to name; use proto names',
    ],
    [{ template: "/v1/{nested}" }, 6, `the field "nested" is a message; ${SINGULAR}`],
    [{ template: "/v1/{nested.tags}" }, 6, `the field "nested.tags" is repeated; ${SINGULAR}`],
    [{ template: "/v1/{labels}" }, 6, `the field "labels" is a map; ${SINGULAR}`],
    [{ template: "/v1/{wrapped_string}" }, 6, `the field "wrapped_string" is a message; ${SINGULAR}`],
    [{ body: "nope" }, 1, `body "nope" is no field of ${KINDS}; ${TOP}`],
    [{ body: "stringValue" }, 1, `body "stringValue" is no field of ${KINDS}; ${TOP}`],
    [{ response_body: "nested.child" }, 1, `response_body "nested.child" is no field of ${KINDS}; ${TOP}`],
    [{ response_body: "*" }, 1, `response_body "*" is no field of ${KINDS}; ${TOP}`],
    [
      { template: "/v1/{choice_text}/{choice_flag}" },
      20,
      '"choice_flag" is of one oneof with "choice_text", which the rule has already; use one of them',
    ],
    [
      { template: "/v1/{choice_nested.label}/{choice_text}" },
      28,
      '"choice_text" is of one oneof with "choice_nested", which the rule has already; use one of them',
    ],
    [
      { template: "/v1/{choice_text}", body: "choice_nested" },
      6,
      '"choice_text" is of one oneof with "choice_nested", which the rule has already; use one of them',
    ],
    [{ stream: "client" }, 1, "a stream of requests has no REST form; use a unary or server-streaming RPC"],
    [{ stream: "bidi" }, 1, "a stream of requests has no REST form; use a unary or server-streaming RPC"],
    [{ method: "NO METHOD" }, 1, '"NO METHOD" is no HTTP method; name one, or "*" for every method'],
    [{ method: "" }, 1, '"" is no HTTP method; name one, or "*" for every method'],
  ])("%o fails at column %i", ([rule, column, reason]) => {
    const { template } = { template: "/v1/x", ...rule };
    const message = `dynamic.v1.DynamicService.M0: template "${template}", column ${column}: ${reason}`;
    expect(() => read({ method: "POST", template: "/v1/x", ...rule })).toThrow(
      expect.objectContaining({
        name: "RuleError",
        message,
        rpc: "dynamic.v1.DynamicService.M0",
        template,
        column,
      }),
    );
  });

  test("an additional binding is named by its own template", () => {
    const inner = { method: "GET", template: "/v3/x" };
    const nested = { method: "GET", template: "/v2/x", additional_bindings: [inner] };
    expect(() => read({ method: "GET", template: "/v1/x", additional_bindings: [nested] })).toThrow(
      'template "/v2/x", column 1: an additional binding cannot have additional bindings itself',
    );
  });

  test("a rule without a pattern says what it lacks", () => {
    const [method] = createMethods([{ method: "GET", template: "/x" }], KINDS);
    setExtension(method?.proto.options ?? expect.unreachable(), http, create(HttpRuleSchema));
    expect(() => readRules(method ?? expect.unreachable())).toThrow(
      "no method and path; set get, put, post, delete, patch or custom",
    );
  });
});

test("two fields of one message in a oneof are served", () => {
  const template = "/v1/{choice_nested.label}/{choice_nested.size}";
  expect(read({ method: "PUT", template, body: "choice_nested" })).toHaveLength(1);
});

test("a method without a rule has none", () => {
  expect(readRules(LibraryService.method.burnBook)).toEqual([]);
});

test("a rule and its additional bindings, in order", () => {
  const second = { method: "PURGE", template: "/v2/{nested.label}", body: "nested" };
  const rules = read({ method: "GET", template: "/v1/{id}", response_body: "nested", additional_bindings: [second] });
  const shown = rules.map((rule) => ({
    method: rule.httpMethod,
    template: rule.template.source,
    variables: rule.variables.map(({ path }) => path.map(({ name }) => name)),
    body: rule.body === "*" ? "*" : rule.body?.name,
    responseBody: rule.responseBody?.name,
    additional: rule.additional,
  }));
  expect(shown).toEqual([
    {
      method: "GET",
      template: "/v1/{id}",
      variables: [["id"]],
      body: undefined,
      responseBody: "nested",
      additional: false,
    },
    {
      method: "PURGE",
      template: "/v2/{nested.label}",
      variables: [["nested", "label"]],
      body: "nested",
      responseBody: undefined,
      additional: true,
    },
  ]);
});
