import { create, createFileRegistry, type DescFile, type MessageInitShape, setExtension } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileOptionsSchema,
  MethodDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { file_google_api_annotations, http } from "../../../gen/google/api/annotations_pb.ts";
import { HttpRuleSchema } from "../../../gen/google/api/http_pb.ts";
import {
  file_transcoding_v1_annotations,
  HttpHeaderSchema,
  HttpHeaderScope,
  HttpStreamSchema,
  http_header,
  http_stream,
} from "../../../gen/transcoding/v1/annotations_pb.ts";
import { createOpenApiDocument, type OpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import type { Operation } from "../../../src/transcoding/openapi/openapi.ts";
import { faultsOfDocument } from "./validate-document.ts";

type Header = MessageInitShape<typeof HttpHeaderSchema>;

const unit = { name: "X-Unit", description: "The unit.", scope: HttpHeaderScope.READS };

/** A method that reads, at `GET /v1/NAME`, or one that writes, at `POST`. */
function method(name: string, kind: "read" | "write" | "watch") {
  const options = create(MethodOptionsSchema);
  const pattern = { case: kind === "write" ? "post" : "get", value: `/v1/${name}` } as const;
  setExtension(options, http, create(HttpRuleSchema, { pattern }));
  if (kind !== "write") options.idempotencyLevel = MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  if (kind === "watch") {
    setExtension(options, http_stream, create(HttpStreamSchema, { eventId: "number", lastEventId: "number" }));
  }
  const [inputType, outputType] = [".things.v1.Thing", ".things.v1.Thing"];
  const serverStreaming = kind === "watch";
  return create(MethodDescriptorProtoSchema, { name, inputType, outputType, serverStreaming, options });
}

function describe(headers: readonly Header[]): OpenApiDocument {
  const options = create(FileOptionsSchema);
  setExtension(
    options,
    http_header,
    headers.map((header) => create(HttpHeaderSchema, header)),
  );
  const number = {
    name: "number",
    number: 1,
    label: FieldDescriptorProto_Label.OPTIONAL,
    type: FieldDescriptorProto_Type.INT64,
  };
  const file = create(FileDescriptorProtoSchema, {
    name: "things.proto",
    package: "things.v1",
    syntax: "proto3",
    options,
    messageType: [{ name: "Thing", field: [number] }],
    service: [
      { name: "ThingService", method: [method("Read", "read"), method("Make", "write"), method("Watch", "watch")] },
    ],
  });
  const registry = createFileRegistry(file, known);
  const service = registry.getService("things.v1.ThingService") ?? expect.fail("no service");
  return createOpenApiDocument({ services: [service], info: { title: "test", version: "v1" } });
}

function known(name: string): DescFile | undefined {
  return [file_google_api_annotations, file_transcoding_v1_annotations].find(({ proto }) => proto.name === name);
}

function operations({ paths }: OpenApiDocument): Record<string, Operation | undefined> {
  return { Read: paths["/v1/Read"]?.get, Make: paths["/v1/Make"]?.post, Watch: paths["/v1/Watch"]?.get };
}

/** The names of the operations whose requests have the header. */
function takersOf(document: OpenApiDocument, name: string): string[] {
  const entries = Object.entries(operations(document));
  return entries.filter(([, operation]) => operation?.parameters?.some((p) => p.name === name)).map(([key]) => key);
}

test.for<[header: Header, takers: string[]]>([
  [unit, ["Read", "Watch"]],
  [{ ...unit, scope: HttpHeaderScope.WRITES }, ["Make"]],
  [{ ...unit, exceptMethod: ["ThingService.Watch"] }, ["Read"]],
  [{ ...unit, exceptMethod: ["OtherService.Watch"] }, ["Read", "Watch"]],
  [{ ...unit, scope: HttpHeaderScope.ANSWERS }, []],
])("the header %o is of the requests of %j", async ([header, takers]) => {
  const document = describe([header]);
  expect(takersOf(document, "X-Unit")).toEqual(takers);
  expect(await faultsOfDocument(document)).toEqual([]);
});

test("a header of requests has its description and its bounds", () => {
  const document = describe([{ ...unit, schema: { pattern: "^[a-z]+$", maxLength: 8 } }]);
  expect(operations(document).Read?.parameters).toContainEqual({
    name: "X-Unit",
    in: "header",
    description: "The unit.",
    schema: { type: "string", pattern: "^[a-z]+$", maxLength: 8 },
  });
});

test("a header of answers is on every answer of a method, errors and 304 among them", () => {
  const document = describe([{ ...unit, scope: HttpHeaderScope.ANSWERS, schema: { minLength: 1 } }]);
  const { headers = {}, responses } = document.components;
  const reference = { $ref: "#/components/headers/X-Unit" };
  expect(headers["X-Unit"]).toEqual({
    description: "The unit.",
    required: false,
    schema: { type: "string", minLength: 1 },
  });
  const { Read, Make, Watch } = operations(document);
  const answers = [Read?.responses[200], Read?.responses[304], Make?.responses[200], Watch?.responses[200]];
  for (const answer of [...answers, responses.NotFound, responses.Error]) {
    expect(answer).toHaveProperty(["headers", "X-Unit"], reference);
  }
  expect(responses.MethodNotAllowed).not.toHaveProperty(["headers", "X-Unit"]);
});

test("a stream whose events have ids takes Last-Event-ID", () => {
  const { Watch } = operations(describe([]));
  expect(Watch?.parameters?.filter((parameter) => parameter.in === "header")).toEqual([
    {
      name: "Last-Event-ID",
      in: "header",
      description: expect.stringContaining("it is `number`, whatever the query says"),
      schema: { type: "string", format: "int64", pattern: "^-?[0-9]+$" },
    },
  ]);
  expect(Watch?.responses[200]).toHaveProperty(
    ["content", "text/event-stream", "schema", "description"],
    expect.stringContaining("The `id` of an event is its `number`."),
  );
});

test.for<[header: Header, message: string]>([
  [{ ...unit, name: "" }, 'http_header "" of things.v1: expected the name of a header'],
  [{ ...unit, name: "X Unit" }, 'http_header "X Unit" of things.v1: expected the name of a header'],
  [{ ...unit, scope: HttpHeaderScope.UNSPECIFIED }, 'http_header "X-Unit" of things.v1: expected a scope'],
  [
    { ...unit, exceptMethod: ["ThingService.Wach"] },
    'http_header "X-Unit" of things.v1: there is no method "ThingService.Wach"',
  ],
])("the header %o is refused", ([header, message]) => {
  expect(() => describe([header])).toThrow(message);
});
