import { type Document, OpenAPIClientAxios, type UnknownOperationMethods } from "openapi-client-axios";
import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { publishedOperations } from "../document/published-document.ts";
import { documentText, findOperation } from "./served-document.ts";

const base = "/api/v1/org-feature-flags";

/** A client that knows nothing but the document that the server serves. */
async function clientOf(url: string): Promise<UnknownOperationMethods> {
  // The document is proven to be one elsewhere.
  const definition = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const client = new OpenAPIClientAxios({ definition, axiosConfigDefaults: { baseURL: url } });
  return client.init();
}

const calls = publishedOperations().flatMap(({ method, path, request, response }) => {
  const printed = path.replace(/:(\w+)/g, "{$1}");
  return [printed.replace(`${base}${base}`, base), printed].map((target) => {
    const id = findOperation(method, target)?.operation.operationId ?? "";
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
    const parameters = Object.fromEntries(names.map((name) => [name, String(response[name])]));
    return { id, parameters, request, response };
  });
});

test.for(calls)("a client made from the document calls $id", async ({ id, parameters, request, response }) => {
  const { url } = await startApp({ demo: true });
  const client = await clientOf(url);
  const { status, data } = await (client[id] ?? expect.fail(`no operation ${id}`))(parameters, request);
  expect(status).toBe(id.includes("_Create") ? 201 : 200);
  expect(Object.keys(data)).toEqual(Object.keys(response));
});

test("a client made from the document reads a page", async () => {
  const { url } = await startApp({ demo: true });
  const client = await clientOf(url);
  const list = client.OrgFeatureFlagService_ListOrgFeatureFlags ?? expect.fail("no operation");
  const { data } = await list({ page: 2, limit: 10, org_id: "org_812" });
  expect(data.pagination).toMatchObject({ page: 2, limit: 10 });
});

test("there are the seven operations, twice", () => {
  expect(calls).toHaveLength(14);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(14);
  expect(documentText).toContain("OrgFeatureFlagService_ListOrgFeatureFlags_2");
});
