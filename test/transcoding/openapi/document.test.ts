import type { DescService } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { createOpenApiDocument, type OpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import { RuleError } from "../../../src/transcoding/transcoder.ts";
import { KindsService } from "../../gen/kinds_pb.ts";
import { LibraryService } from "../../gen/library_pb.ts";
import { createMethods, type RuleSpec } from "../dynamic-methods.ts";
import { faultsOfDocument } from "./validate-document.ts";

const info = { title: "test", version: "v1" };
const library = createOpenApiDocument({ services: [LibraryService], info });
const book = "/v1/shelves/{name.shelves}/books/{name.books}";

function describe(...rules: readonly RuleSpec[]): OpenApiDocument {
  const services = new Set(createMethods(rules).map(({ parent }): DescService => parent));
  return createOpenApiDocument({ services: [...services], info });
}

test.for([LibraryService, KindsService])("the document of $name is OpenAPI 3.1", async (service) => {
  expect(await faultsOfDocument(createOpenApiDocument({ services: [service], info }))).toEqual([]);
});

test.for([
  ["/v1/a", "/v1/a", []],
  ["/v1/{id}", "/v1/{id}", ["id"]],
  ["/v1/{a}/b/{c.d}", "/v1/{a}/b/{c.d}", ["a", "c.d"]],
  ["/v1/{name=shelves/*}", "/v1/shelves/{name.shelves}", ["name.shelves"]],
  [
    "/v1/{name=shelves/*/books/*}:lend",
    "/v1/shelves/{name.shelves}/books/{name.books}:lend",
    ["name.shelves", "name.books"],
  ],
  ["/v1/{name=*/*}", "/v1/{name.v1}/{name.segment3}", ["name.v1", "name.segment3"]],
  ["/v1/{name=a/*/a/*}", "/v1/a/{name.a}/a/{name.a.5}", ["name.a", "name.a.5"]],
  ["/v1/files/{path=**}", "/v1/files/{path}", ["path"]],
  ["/v1/*/x", "/v1/{v1}/x", ["v1"]],
  ["/v1/a%2Fb:all", "/v1/a%2Fb:all", []],
  ["/v1/things:undelete", "/v1/things:undelete", []],
] as const)("the template %s is the path %s", ([template, path, names]) => {
  const document = describe({ method: "GET", template });
  expect(Object.keys(document.paths)).toEqual([path]);
  const inPath = document.paths[path]?.get?.parameters?.filter((parameter) => parameter.in === "path") ?? [];
  expect(inPath.map(({ name, required }) => [name, required])).toEqual(names.map((name) => [name, true]));
});

test("paths that differ in names alone are one path, with the names of the first", () => {
  const document = describe({ method: "GET", template: "/v1/{a}" }, { method: "PUT", template: "/v1/{b}" });
  expect(Object.keys(document.paths)).toEqual(["/v1/{a}"]);
  expect(document.paths["/v1/{a}"]?.put?.parameters?.map(({ name }) => name)).toEqual(["a"]);
});

test("what OpenAPI has no place for is left out, and listed", () => {
  expect(library["x-routes-left-out"]).toEqual(["LOCK /v1/{name=shelves/*/books/*}"]);
  const document = describe({ method: "GET", template: "/v1/{a}" }, { method: "GET", template: "/v1/{b=**}" });
  expect(document["x-routes-left-out"]).toEqual(["GET /v1/{b=**}"]);
});

test("a rule for every method is each of them, with an id of its own", () => {
  const ids = Object.values(library.paths[`${book}/lend`] ?? {}).map(({ operationId }) => operationId);
  expect(ids).toEqual(["get", "put", "post", "delete", "patch"].map((method) => `LibraryService_Lend_2_${method}`));
});

test("another path to the same is deprecated in favour of the main one", () => {
  const additional_bindings = [{ method: "GET", template: "/old/{a}" }];
  const document = describe({ method: "GET", template: "/new/{a}", additional_bindings });
  expect(document.paths["/new/{a}"]?.get?.deprecated).toBeUndefined();
  expect(document.paths["/old/{a}"]?.get).toMatchObject({
    operationId: "DynamicService_M0_2",
    deprecated: true,
    description: "Another path to `DynamicService_M0`. Use `GET /new/{a}`.",
  });
});

test("an additional binding that answers something else is not deprecated", () => {
  expect(library.paths[`${book}/pages`]?.get?.deprecated).toBeUndefined();
});

test("a rule that cannot be served cannot be described", () => {
  expect(() => describe({ method: "GET", template: "/v1/{a" })).toThrow(RuleError);
});

test("a service without rules has no tag, and methods without a rule no operation", () => {
  expect(library.tags).toEqual([{ name: "LibraryService" }]);
  expect(JSON.stringify(library.paths)).not.toContain("BurnBook");
});

test("servers are as they are given", () => {
  const servers = [{ url: "https://api.example.com" }];
  expect(createOpenApiDocument({ services: [LibraryService], info, servers }).servers).toEqual(servers);
  expect(library.servers).toBeUndefined();
});

test("the same services give the same document", () => {
  expect(JSON.stringify(createOpenApiDocument({ services: [LibraryService], info }))).toBe(JSON.stringify(library));
});

test("callers who may have to say who they are learn how, and what they are answered", async () => {
  const secured = createOpenApiDocument({ services: [LibraryService], info, security: "bearer" });
  expect(await faultsOfDocument(secured)).toEqual([]);
  expect(secured.security).toEqual([{}, { bearer: [] }]);
  expect(secured.components.securitySchemes).toEqual({ bearer: { type: "http", scheme: "bearer" } });
  expect(secured.components.responses.Unauthorized?.headers).toHaveProperty("WWW-Authenticate");
  for (const operation of Object.values(secured.paths).flatMap((item) => Object.values(item))) {
    expect(operation.responses).toMatchObject({
      401: { $ref: "#/components/responses/Unauthorized" },
      403: { $ref: "#/components/responses/Forbidden" },
    });
  }
  expect(JSON.stringify(library)).not.toMatch(/Unauthorized|Forbidden|securitySchemes/);
});
