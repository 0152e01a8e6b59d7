import type { DescMethod } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { publishedOperations } from "../document/published-document.ts";
import { faultsOfDocument } from "../transcoding/openapi/validate-document.ts";
import { document, documentText, findOperation, operations } from "./served-document.ts";

const base = "/api/v1/org-feature-flags";

function templated(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

test("the document is OpenAPI 3.1", async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(await faultsOfDocument(document)).toEqual([]);
});

test("what is served at /openapi.json is the document, to every origin", async () => {
  const { url } = await startApp();
  const answer = await fetch(`${url}/openapi.json`);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(await answer.text()).toBe(documentText);
});

test("every RPC has an operation", () => {
  const ids = new Set(operations.map(({ operation }) => operation.operationId));
  for (const { parent, name } of [OrgFeatureFlagService, FeatureService, ChangeService].flatMap(
    ({ methods }) => methods as DescMethod[],
  )) {
    expect(ids).toContain(`${parent.name}_${name}`);
  }
});

test("operation ids are unique, and everything is described", () => {
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  expect(operations.filter(({ operation }) => operation.summary === undefined)).toEqual([]);
  const parameters = operations.flatMap(({ operation }) => operation.parameters ?? []);
  expect(parameters.filter(({ description }) => description === undefined)).toEqual([]);
  const fields = Object.entries(document.components.schemas).filter(([name]) => name.startsWith("orgflags.v1."));
  expect(fields.filter(([, { description }]) => description === undefined)).toEqual([]);
  expect(document.tags.map(({ description }) => description)).not.toContain(undefined);
});

test.for(publishedOperations())("$method $path is there in both forms, with the published bodies", (published) => {
  const method = published.method.toLowerCase();
  const printed = findOperation(method, templated(published.path))?.operation;
  const short = findOperation(method, templated(published.path).replace(`${base}${base}`, base))?.operation;
  const status = published.method === "POST" && published.path.endsWith(base) ? 201 : 200;
  for (const operation of [printed, short]) {
    const json = "application/json";
    expect(operation?.responses[status]).toHaveProperty(["content", json, "example"], published.response);
    expect(operation?.requestBody?.content[json]?.example).toEqual(published.request);
  }
  expect(short?.deprecated).toBeUndefined();
  expect(printed?.deprecated).toBe(true);
  expect(printed?.description).toContain(`Use \`${published.method} ${base}`);
  expect(printed?.description).not.toContain(`${base}${base}`);
});
