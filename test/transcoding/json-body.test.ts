import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoNotes, implementLibrary } from "./library.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

let server: RestServer;

beforeAll(async () => {
  server = await startRestServer({ methods: implementLibrary(echoNotes), maxJsonDepth: 20 });
});

afterAll(() => server[Symbol.asyncDispose]());

const post = (body: string) => server.send({ method: "POST", target: "/v1/notes", body });
const INT32 = "a decimal integer from -2147483648 to 2147483647";
const NOTES = "free, any, value, books, more, text, number, inner, constructor";
const BOOK = "name, title, copies, published_at, labels";

describe("what a body has that its message does not take", () => {
  test.for<[body: string, field: string, description: string]>([
    ['{"nope":1}', "nope", `unknown field "nope"; expected one of ${NOTES}`],
    ['{"__proto__":1}', "__proto__", `unknown field "__proto__"; expected one of ${NOTES}`],
    ['{"inner":{"inner":{"x":1}}}', "inner.inner.x", `unknown field "inner.inner.x"; expected one of ${NOTES}`],
    ['{"more":[{},{"nope":1}]}', "more[1].nope", `unknown field "more[1].nope"; expected one of ${BOOK}`],
    ['{"books":{"7":{"nope":1}}}', "books[7].nope", `unknown field "books[7].nope"; expected one of ${BOOK}`],
    ['{"books":{"x":{}}}', "books[x]", `expected a key that is ${INT32}`],
    ['{"books":[]}', "books", "expected a JSON object"],
    ['{"books":{"1":null}}', "books[1]", "expected a JSON object of library.v1.Book"],
    ['{"more":{}}', "more", "expected a JSON array"],
    ['{"more":[null]}', "more[0]", "expected a JSON object of library.v1.Book"],
    ['{"more":[1]}', "more[0]", "expected a JSON object of library.v1.Book"],
    ['{"inner":[]}', "inner", "expected a JSON object of library.v1.Notes"],
    ['{"number":"x"}', "number", `expected ${INT32}`],
    [
      '{"more":[{"copies":"9223372036854775808"}]}',
      "more[0].copies",
      "expected a decimal integer from -9223372036854775808 to 9223372036854775807",
    ],
    [
      '{"more":[{"published_at":"tomorrow"}]}',
      "more[0].published_at",
      "expected an RFC 3339 timestamp such as 2021-01-01T00:00:00Z",
    ],
    [
      '{"more":[{"publishedAt":null,"published_at":null}]}',
      "more[0].published_at",
      "expected once, as published_at or publishedAt",
    ],
    ['{"text":"a","number":1}', "number", "expected one member of the oneof choice, text is there"],
    ['{"any":{"@type":"type.googleapis.com/no.Such"}}', "any", "expected a JSON object of google.protobuf.Any"],
    ['{"free":[]}', "free", "expected a JSON object of google.protobuf.Struct"],
    ["[]", "", "expected a JSON object of library.v1.Notes"],
    ["null", "", "expected a JSON object of library.v1.Notes"],
    ['{"text":"a","text":"b"}', "text", "expected each key once in a JSON object"],
    ['{"free":{"a":{"b":1,"\\u0062":2}}}', "b", "expected each key once in a JSON object"],
  ])("%s", async ([body, field, description]) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(response.json).toEqual({
      code: 3,
      message: expect.stringContaining(description),
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          field_violations: [expect.objectContaining({ field, description })],
        },
      ],
    });
  });
});

describe("texts that are no JSON", () => {
  test.for<[name: string, body: string | Uint8Array, message: string]>([
    ["cut off", '{"text"', "body: expected JSON, it is malformed"],
    ["a word", "Invalid", "body: expected JSON, it is malformed"],
    ["a bad escape in a key", '{"\\x":1}', "body: expected JSON, it is malformed"],
    ["two values", "{} {}", "body: expected JSON, it is malformed"],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "body: expected JSON in UTF-8"],
    ["deep", `{"free":{"a":${"[".repeat(19)}${"]".repeat(19)}}}`, "body: expected JSON of at most 20 levels"],
    ["very deep", "[".repeat(1_000_000), "body: expected JSON of at most 20 levels"],
    ["very deep, in objects", '{"inner":'.repeat(100_000), "body: expected JSON of at most 20 levels"],
  ])("%s", async ([, body, message]) => {
    const response = await server.send({ method: "POST", target: "/v1/notes", body });
    expect(response.status).toBe(400);
    expect(response.json).toEqual({ code: 3, message, details: [] });
  });
});

describe("bodies that come back as they went", () => {
  test.for<[body: object]>([
    [{ free: { a: [1, "x", null, { b: true }] } }],
    [{ free: JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":2}}') }],
    [{ value: null }],
    [{ value: [[[[[[[[[[[[[[[[[["deep, within the limit"]]]]]]]]]]]]]]]]]] }],
    [{ any: { "@type": "type.googleapis.com/library.v1.Book", name: "b", title: "", copies: "1", labels: {} } }],
    [{ any: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" } }],
    [{ books: { "-1": { name: "", title: "t", copies: "0", labels: JSON.parse('{"__proto__":"p"}') } } }],
    [{ constructor: "c", text: "t" }],
  ])("%o", async ([body]) => {
    const response = await post(JSON.stringify(body));
    expect(response.status).toBe(200);
    expect(response.json).toEqual({ books: {}, more: [], constructor: "", ...body });
    expect(Object.prototype).not.toHaveProperty("x");
  });
});

describe("content types", () => {
  test.for<[contentType: string, status: number]>([
    ["application/json", 200],
    ["Application/JSON ; charset=utf-8", 200],
    ["", 200],
    ["text/plain", 415],
    ["application/jsonp", 415],
    ["application/x-www-form-urlencoded", 415],
  ])("%s is %i", async ([contentType, status]) => {
    const headers = { "content-type": contentType };
    const response = await server.send({ method: "POST", target: "/v1/notes", body: "{}", headers });
    expect(response.status).toBe(status);
  });
});
