import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { Operation, Schema } from "../../src/transcoding/openapi/openapi.ts";
import { startApp } from "../app-under-test.ts";
import { compileValue } from "./response-check.ts";
import { document, operations, type PlacedOperation } from "./served-document.ts";

/** A value that a request can have, and the request that has it; everything else in it is fine. */
interface Place {
  readonly title: string;
  /** As an error names it. */
  readonly field: string;
  readonly schema: Schema;
  /** An empty segment is no path of the operation. */
  readonly isSegment?: boolean;
  /** A header is without white space around it, and has no other characters than those of a byte. */
  readonly isHeader?: boolean;
  request(value: JsonValue): Request;
}

interface Request {
  readonly path: string;
  readonly method: string;
  readonly body: JsonObject | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const updateSchema = document.components.schemas["orgflags.v1.OrgFeatureFlagUpdate"] ?? {};
const main = operations.filter(({ operation }) => operation.deprecated !== true);

/** The examples of these are about several organisations, or about none, so that the server refuses the header. */
const refusedOfExample = new Set([
  "OrgFeatureFlagService_BatchUpdateOrgFeatureFlags, header orgflags-if-revision",
  "ChangeService_RevertChange, header orgflags-if-revision",
]);

/** The same text for every pattern: each pattern takes some of them. */
const texts = ["a", "A", "9", "_", "_a", "-a", ".a", "a.b", "a-b", "a_b", "a:b", "a@b", "aB", "a b", "a\n", "ä", "a,b"];

function candidates({
  type,
  pattern,
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
}: Schema): JsonValue[] {
  if (type === "integer") {
    const [low, high] = [Number(minimum), Number(maximum ?? 2 ** 31 - 1)];
    return [low - 1, low, high, high + 1];
  }
  if (type === "boolean") return [true, false];
  if (type === "array") {
    const sizes = [Number(minItems) - 1, Number(minItems), Number(maxItems), Number(maxItems) + 1];
    return sizes.map((length) =>
      Array.from({ length }, (_, i) => ({ org_id: `o${i}`, feature_key: "a", enabled: true })),
    );
  }
  const lengths = [Number(minLength ?? 1) - 1, Number(maxLength), Number(maxLength) + 1].map((n) => "x".repeat(n));
  return pattern === undefined ? lengths : [...lengths, ...texts];
}

function isBounded(schema: Schema): boolean {
  return ["pattern", "minimum", "maxLength", "minItems", "const"].some((keyword) => Object.hasOwn(schema, keyword));
}

function bodyOf(operation: Operation): { schema: Schema; example: JsonObject } | undefined {
  const content = operation.requestBody?.content["application/json"];
  if (content === undefined) return undefined;
  const name = String(content.schema.$ref).split("/").at(-1) ?? "";
  // The bodies of this API are all objects.
  return { schema: document.components.schemas[name] ?? content.schema, example: content.example as JsonObject };
}

function properties(schema: Schema): [string, Schema][] {
  // Schemas of objects have schemas as properties.
  return Object.entries(schema.properties as Record<string, Schema>);
}

function requiredOf(schema: Schema): readonly string[] {
  // A list of names wherever it is there, as JSON Schema says.
  return (schema.required ?? []) as string[];
}

/** Its answers have no end. */
function isStream({ operation }: PlacedOperation): boolean {
  const answer = operation.responses[200];
  return answer !== undefined && "content" in answer && answer.content?.["application/x-ndjson"] !== undefined;
}

/** The path with examples for its variables, but for the one that is given. */
function fill({ path, operation }: PlacedOperation, name = "", value: JsonValue = ""): string {
  return path.replace(/\{([^}]+)\}/g, (_, variable) => {
    const example = operation.parameters?.find((parameter) => parameter.name === variable)?.example;
    return encodeURIComponent(String(variable === name ? value : example));
  });
}

function placesOf(placed: PlacedOperation): Place[] {
  const { method, operation } = placed;
  const body = bodyOf(operation);
  const parameters = (operation.parameters ?? []).map(({ name, in: where, schema }): Place => {
    const query = (value: JsonValue) => (where === "query" ? `?${name}=${encodeURIComponent(String(value))}` : "");
    // Of a stream, only one of events looks at the header for them.
    const headers = (value: JsonValue) => ({ accept: "text/event-stream, application/json", [name]: String(value) });
    return {
      title: `${operation.operationId}, ${where} ${name}`,
      field: name,
      schema,
      isSegment: where === "path",
      isHeader: where === "header",
      request: (value) => ({
        path: fill(placed, name, value) + query(value),
        method,
        body: body?.example,
        ...(where === "header" && { headers: headers(value) }),
      }),
    };
  });
  const members = properties(body?.schema ?? { properties: {} }).map(([name, schema]): Place => {
    const request = (value: JsonValue) => ({ path: fill(placed), method, body: { ...body?.example, [name]: value } });
    return { title: `${operation.operationId}, body ${name}`, field: name, schema, request };
  });
  return [...parameters, ...members].filter(({ schema, title }) => isBounded(schema) && !refusedOfExample.has(title));
}

const inUpdates = properties(updateSchema)
  .filter(([, schema]) => isBounded(schema))
  .map(([name, schema]): Place => {
    const valid =
      name === "reset"
        ? { org_id: "o", feature_key: "sms_reminders" }
        : { org_id: "o", feature_key: "a", enabled: true };
    const request = (value: JsonValue) => ({
      path: "/api/v1/org-feature-flags:batchUpdate",
      method: "post",
      body: { updates: [{ ...valid, [name]: value }] },
    });
    return { title: `an update of a batch, ${name}`, field: `updates[0].${name}`, schema, request };
  });

/** The fields that the server finds fault with. */
async function violations(url: string, { path, method, body, headers }: Request): Promise<string[]> {
  const init = {
    ...(body && { body: JSON.stringify(body) }),
    headers: { ...headers, ...(body && { "content-type": "application/json" }) },
  };
  const answer = await fetch(url + path, { method: method.toUpperCase(), ...init });
  if (answer.headers.get("content-type") !== "application/json") {
    // A stream, which has begun.
    await answer.body?.cancel();
    return [];
  }
  // `google.rpc.Status`, or an answer without details.
  const { code, details = [] } = (await answer.json()) as {
    code?: number;
    details?: { field_violations?: { field: string }[] }[];
  };
  // A revision that is not there yet is OUT_OF_RANGE, which is no fault of the value.
  return code === Code.OutOfRange
    ? []
    : details.flatMap(({ field_violations = [] }) => field_violations.map(({ field }) => field));
}

describe("the bounds of the document are those of the server", () => {
  test.for([...main.flatMap(placesOf), ...inUpdates])(
    "$title",
    async ({ field, schema, request, isSegment, isHeader }) => {
      const { url } = await startApp();
      const isValid = compileValue(schema);
      const values = candidates(schema)
        .filter((value) => value !== "" || isSegment !== true)
        .filter((value) => isHeader !== true || /^[!-~]+( [!-~]+)*$/.test(String(value)));
      expect(new Set(values.map((value) => isValid(value)))).toEqual(new Set([true, false]));
      for (const value of values) {
        const accepted = !(await violations(url, request(value))).includes(field);
        expect({ value, accepted }).toEqual({ value, accepted: isValid(value) });
      }
    },
  );
});

describe("what the document requires of a body is what the server requires", () => {
  test.for(main.filter(({ operation }) => operation.requestBody))("$operation.operationId", async (placed) => {
    const { url } = await startApp();
    const { schema, example } = bodyOf(placed.operation) ?? { schema: {}, example: {} };
    // Of a change something must be left when a field is not given.
    const whole: JsonObject = {
      ...example,
      ...(placed.method === "patch" && { description: "text", archived: false }),
    };
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...body } = whole;
      const missed = (await violations(url, { path: fill(placed), method: placed.method, body })).includes(name);
      expect({ name, missed }).toEqual({ name, missed: requiredOf(schema).includes(name) });
    }
  });
});

test("an update of a batch does one thing", async () => {
  const { url } = await startApp();
  const { request } = inUpdates[0] ?? expect.fail("no bounds in an update");
  // As `inUpdates` makes it.
  const { updates } = request("o").body as { updates: JsonObject[] };
  const isValid = compileValue({ ...updateSchema });
  const { enabled: _, ...neither } = updates[0] ?? {};
  expect([
    isValid({ ...neither }),
    isValid({ ...neither, enabled: true }),
    isValid({ ...neither, reset: true }),
  ]).toEqual([false, true, true]);
  expect(isValid({ ...neither, enabled: true, reset: true })).toBe(false);
  const send = (update: JsonObject) => violations(url, { ...request("o"), body: { updates: [update] } });
  expect(await send(neither)).toEqual(["updates[0].enabled"]);
  expect(await send({ ...neither, enabled: true, reset: true })).not.toEqual([]);
});

test.for(
  main
    .flatMap((placed) => (placed.operation.parameters ?? []).map((parameter) => ({ placed, parameter })))
    .filter(({ placed, parameter }) => parameter.schema.default !== undefined && !isStream(placed)),
)(
  "the default of $parameter.name of $placed.operation.operationId is what the server takes",
  async ({ placed, parameter }) => {
    const { url } = await startApp({ demo: true });
    const path = url + fill(placed);
    const [absent, given] = await Promise.all([
      fetch(path),
      fetch(`${path}?${parameter.name}=${parameter.schema.default}`),
    ]);
    expect(await given.json()).toEqual(await absent.json());
  },
);
