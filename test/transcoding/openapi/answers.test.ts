import { expect, test } from "vitest";
import { createOpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import type { Operation, OperationMethod } from "../../../src/transcoding/openapi/openapi.ts";
import { LibraryService } from "../../gen/library_pb.ts";

const document = createOpenApiDocument({ services: [LibraryService], info: { title: "test", version: "v1" } });
const book = "/v1/shelves/{name.shelves}/books/{name.books}";
const raw = { "*/*": { schema: { type: "string", format: "binary" } } };

function operation(method: OperationMethod, path: string): Operation {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found;
}

test("a GET has an ETag, and a 304 for those who know it", () => {
  const { responses } = operation("get", book);
  expect(responses[200]).toMatchObject({ headers: { ETag: { $ref: "#/components/headers/ETag" } } });
  expect(responses[304]).toMatchObject({ headers: { ETag: {} } });
  expect(responses[304]).not.toHaveProperty("content");
});

test("a create answers 201 with a location", () => {
  const { responses } = operation("post", "/v1/shelves/{parent.shelves}/books");
  expect(responses[200]).toBeUndefined();
  expect(responses[201]).toMatchObject({ headers: { Location: { $ref: "#/components/headers/Location" } } });
});

test("a 204 has no content", () => {
  expect(operation("delete", book).responses[204]).toEqual({ description: "Success." });
});

test.for([
  ["author", { anyOf: [{ $ref: "#/components/schemas/library.v1.Book" }, { type: "null" }] }],
  ["died", { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] }],
  ["subtitle", { anyOf: [{ type: "string" }, { type: "null" }] }],
  ["pages", { type: "integer", format: "int32" }],
  ["awards", { type: "array", items: { type: "string" } }],
] as const)("the response_body %s is null only where it can be absent", ([field, schema]) => {
  expect(operation("get", `${book}/${field}`).responses[200]).toMatchObject({
    content: { "application/json": { schema } },
  });
});

test("raw bodies are of any type, both ways", () => {
  const echo = operation("post", "/v1/echo");
  expect(echo.requestBody).toEqual({ required: true, content: raw });
  expect(echo.responses[200]).toMatchObject({ content: raw });
  expect(operation("put", `${book}/cover`).requestBody).toEqual({ required: false, content: raw });
});

test("a server stream is lines or events", () => {
  const { content } = { content: {}, ...operation("get", "/v1/shelves/{parent.shelves}/books:watch").responses[200] };
  expect(Object.keys(content)).toEqual(["application/x-ndjson", "text/event-stream"]);
  expect(content).toMatchObject({
    "application/x-ndjson": {
      schema: {
        anyOf: [
          { $ref: "#/components/schemas/library.v1.WatchBooksResponse" },
          { properties: { error: { $ref: "#/components/schemas/google.rpc.Status" } } },
        ],
      },
    },
  });
});

test.for([
  ["get", book, ["400", "404", "406", "429", "500", "503", "504", "default"]],
  ["delete", book, ["400", "404", "406", "409", "412", "429", "500", "503", "504", "default"]],
  ["post", "/v1/notes", ["400", "404", "406", "409", "412", "413", "415", "429", "500", "503", "504", "default"]],
] as const)("%s %s has the errors that it can have", ([method, path, statuses]) => {
  const { responses } = operation(method, path);
  const errors = Object.entries(responses).filter(([, response]) => "$ref" in response);
  expect(errors.map(([status]) => status)).toEqual(statuses);
});

test("the 412 has the detail that tells it from other conflicts", () => {
  const { content } = { content: {}, ...document.components.responses.PreconditionFailed };
  const violations = [{ type: "IF_MATCH", subject: "If-Match", description: "it has changed" }];
  expect(content).toMatchObject({
    "application/json": {
      example: { code: 10, details: [{ "@type": "type.googleapis.com/google.rpc.PreconditionFailure", violations }] },
    },
  });
});

test("a GET takes If-None-Match, and a stream does not", () => {
  const headersOf = ({ parameters = [] }: Operation) => parameters.filter((parameter) => parameter.in === "header");
  expect(headersOf(operation("get", book))).toMatchObject([{ name: "If-None-Match", schema: { type: "string" } }]);
  expect(headersOf(operation("get", "/v1/shelves/{parent.shelves}/books:watch"))).toEqual([]);
  expect(headersOf(operation("delete", book))).toEqual([]);
});

test("the 405 has an Allow header", () => {
  expect(document.components.responses.MethodNotAllowed?.headers).toHaveProperty("Allow");
});
