import { create, createFileRegistry, type DescFile, type MessageInitShape, setExtension } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileOptionsSchema,
  MethodDescriptorProtoSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { file_google_api_annotations, http } from "../../../gen/google/api/annotations_pb.ts";
import {
  FieldBehavior,
  field_behavior,
  file_google_api_field_behavior,
} from "../../../gen/google/api/field_behavior_pb.ts";
import { HttpRuleSchema } from "../../../gen/google/api/http_pb.ts";
import {
  FieldSchemaSchema,
  field_schema,
  file_transcoding_v1_annotations,
  HttpExampleSchema,
  http_example,
  NamedSchemaSchema,
  named_schema,
} from "../../../gen/transcoding/v1/annotations_pb.ts";
import { createOpenApiDocument, type OpenApiDocument } from "../../../src/transcoding/openapi/document.ts";

interface Spec {
  readonly schema?: MessageInitShape<typeof FieldSchemaSchema>;
  readonly repeated?: boolean;
  readonly required?: boolean;
  readonly example?: MessageInitShape<typeof HttpExampleSchema>;
}

/** Describes `POST /v1/things/{id}` of a message with an id and one more field, `value`, that is as the spec says. */
function describe(spec: Spec): OpenApiDocument {
  const methodOptions = create(MethodOptionsSchema);
  const pattern = { case: "post", value: "/v1/things/{id}" } as const;
  setExtension(methodOptions, http, create(HttpRuleSchema, { pattern, body: "*" }));
  if (spec.example) setExtension(methodOptions, http_example, create(HttpExampleSchema, spec.example));
  const fileOptions = create(FileOptionsSchema);
  const key = { name: "key", schema: { pattern: "^[a-z]+$", maxLength: 8 } };
  setExtension(fileOptions, named_schema, [create(NamedSchemaSchema, key)]);
  const method = create(MethodDescriptorProtoSchema, {
    name: "Make",
    inputType: ".things.v1.Thing",
    outputType: ".things.v1.Thing",
    options: methodOptions,
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "things.proto",
    package: "things.v1",
    syntax: "proto3",
    options: fileOptions,
    messageType: [{ name: "Thing", field: [field("id", 1, {}), field("value", 2, spec)] }],
    service: [{ name: "ThingService", method: [method] }],
  });
  const registry = createFileRegistry(file, known);
  const service = registry.getService("things.v1.ThingService") ?? expect.fail("no service");
  return createOpenApiDocument({ services: [service], info: { title: "test", version: "v1" } });
}

function field(name: string, number: number, { schema, repeated = false, required = false }: Spec) {
  const options = create(FieldOptionsSchema);
  if (schema) setExtension(options, field_schema, create(FieldSchemaSchema, schema));
  if (required) setExtension(options, field_behavior, [FieldBehavior.REQUIRED]);
  const label = repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL;
  const type = FieldDescriptorProto_Type.STRING;
  return create(FieldDescriptorProtoSchema, { name, number, label, type, options });
}

function known(name: string): DescFile | undefined {
  const files = [file_google_api_annotations, file_google_api_field_behavior, file_transcoding_v1_annotations];
  return files.find(({ proto }) => proto.name === name);
}

function operation(spec: Spec) {
  return describe(spec).paths["/v1/things/{id}"]?.post ?? expect.fail("no operation");
}

test.for([
  [
    { schema: { pattern: "^a$", minLength: 1, maxLength: 0 } },
    { type: "string", pattern: "^a$", minLength: 1, maxLength: 0 },
  ],
  [{ schema: { named: "key" } }, { type: "string", pattern: "^[a-z]+$", maxLength: 8 }],
  [{ schema: { named: "key", maxLength: 4 } }, { type: "string", pattern: "^[a-z]+$", maxLength: 4 }],
  [{ schema: { defaultJson: '"a"', constJson: '"b"' } }, { type: "string", default: "a", const: "b" }],
  [
    { repeated: true, schema: { minItems: 1, maxItems: 2, pattern: "^a$" } },
    { type: "array", minItems: 1, maxItems: 2, items: { type: "string", pattern: "^a$" } },
  ],
] as const)("the options %j are the schema %j", ([spec, schema]) => {
  const { requestBody } = operation(spec);
  expect(requestBody?.content["application/json"]?.schema).toHaveProperty("properties.value", schema);
});

test("a required field makes the body required", () => {
  const { requestBody } = operation({ required: true });
  expect(requestBody).toMatchObject({
    required: true,
    content: { "application/json": { schema: { required: ["value"] } } },
  });
  expect(operation({}).requestBody).toMatchObject({ required: false });
});

test("bounds are for requests; an answer is as it is", () => {
  const { schemas } = describe({ schema: { named: "key" } }).components;
  expect(schemas["things.v1.Thing"]).toHaveProperty("properties.value", { type: "string" });
});

test("an example is shared out to the path and the body", () => {
  const request = '{"id":"1","value":"a"}';
  const { parameters, requestBody, responses } = operation({ example: { request, response: request } });
  expect(parameters?.[0]).toMatchObject({ name: "id", example: "1" });
  expect(requestBody?.content["application/json"]?.example).toEqual({ value: "a" });
  expect(responses[200]).toMatchObject({ content: { "application/json": { example: { id: "1", value: "a" } } } });
});

test.for([
  [
    { schema: { named: "nothing" } },
    'field things.v1.Thing.value: no schema is named "nothing"; add a named_schema option to things.proto',
  ],
  [{ schema: { defaultJson: "{" } }, "field things.v1.Thing.value: its field_schema holds {, which is no JSON"],
  [
    { example: { request: '{"no":1}' } },
    "things.v1.ThingService.Make, http_example.request: expected things.v1.Thing in JSON",
  ],
  [
    { example: { response: "{" } },
    "things.v1.ThingService.Make, http_example.response: expected things.v1.Thing in JSON",
  ],
] as const)("the options %j are refused", ([spec, message]) => {
  expect(() => describe(spec)).toThrow(message);
});
