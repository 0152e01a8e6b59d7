import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { readHttpAnswer } from "../../src/transcoding/http-answer.ts";
import { KindsSchema } from "../gen/kinds_pb.ts";
import { createMethods, type RuleSpec } from "./dynamic-methods.ts";
import { implementLibrary } from "./library.ts";
import { startRestServer } from "./rest-server.ts";

function read(answer: NonNullable<RuleSpec["answer"]>) {
  const methods = createMethods([{ method: "GET", template: "/x", answer }], "vectors.v1.Kinds");
  return methods.map(readHttpAnswer)[0];
}

describe("a location", () => {
  test.for<[template: string, message: MessageInitShape<typeof KindsSchema>, location: string | undefined]>([
    ["/v1/{id}", { id: "a" }, "/v1/a"],
    ["/v1/{id}", { id: "a/b c:d?é!" }, "/v1/a%2Fb%20c%3Ad%3F%C3%A9%21"],
    ["/v1/{resource_name=a/*/b/*}/x", { resourceName: "a/1/b/2 3" }, "/v1/a/1/b/2%203/x"],
    ["/v1/{file_path=**}:go", { filePath: "x/y" }, "/v1/x/y:go"],
    ["/v1/{nested.label}", { nested: { label: "l" } }, "/v1/l"],
    ["/v1/{int64_value}/{bool_value}", { int64Value: 5n }, "/v1/5/false"],
    ["/v1/{color}", { color: 7 }, "/v1/COLOR_BLUE"],
    ["/v1/{color}", { color: 99 as never }, "/v1/99"],
    ["/v1/{bytes_value}", { bytesValue: Uint8Array.of(255, 254) }, "/v1/__4"],
    ["/v1/{choice_text}", { choice: { case: "choiceText", value: "t" } }, "/v1/t"],
    ["/caf%C3%A9/{id}", { id: "a" }, "/caf%C3%A9/a"],
    ["/v1/{id}", {}, undefined],
    ["/v1/{nested.label}", {}, undefined],
    ["/v1/{choice_text}", { choice: { case: "choiceNumber", value: 1 } }, undefined],
  ])("%s of %o is %s", ([location, message, expected]) => {
    expect(read({ location })?.location?.(create(KindsSchema, message))).toBe(expected);
  });
});

describe("an answer that cannot be given", () => {
  test.for<[answer: NonNullable<RuleSpec["answer"]>, column: number, message: string]>([
    [{ status: 199 }, 1, "http_answer has status 199; use 200 to 299, or 0 for 200"],
    [{ status: 300 }, 1, "http_answer has status 300; use 200 to 299, or 0 for 200"],
    [{ location: "v1" }, 1, 'found "v", expected "/"'],
    [{ location: "/v1/{nope}" }, 6, 'no field "nope": vectors.v1.Kinds has no such field; use proto names'],
    [{ location: "/v1/{nested}" }, 6, 'the field "nested" is a message; use a singular scalar or enum field'],
    [{ location: "/v1/*" }, 1, "a location has no wildcards but those of its variables"],
  ])("%o fails at the start", ([answer, column, message]) => {
    expect(() => read(answer)).toThrow(expect.objectContaining({ name: "RuleError", column }));
    expect(() => read(answer)).toThrow(message);
  });
});

describe("the answer of a method", () => {
  test("that creates is 201 with the location and the field that is its body", async () => {
    const methods = implementLibrary({
      createBook: ({ parent, book }) => ({
        book: { title: book?.title ?? "", name: `${parent}/books/9` },
        replaced: true,
      }),
    });
    await using server = await startRestServer({ methods });
    const response = await server.send({ method: "POST", target: "/v1/shelves/1/books", body: '{"title":"Emma"}' });
    expect(response.status).toBe(201);
    expect(response.headers.location).toBe("/v1/shelves/1/books/9");
    expect(response.json).toEqual({ name: "shelves/1/books/9", title: "Emma", copies: "0", labels: {} });
  });

  test("may have a location of the implementation's own", async () => {
    const methods = implementLibrary({
      createBook: (_, { responseHeader }) => {
        responseHeader.set("location", "/elsewhere");
        return { book: { name: "shelves/1/books/9" } };
      },
    });
    await using server = await startRestServer({ methods });
    const response = await server.send({ method: "POST", target: "/v1/shelves/1/books" });
    expect(response.headers.location).toBe("/elsewhere");
  });

  test("of status 204 has no body", async () => {
    await using server = await startRestServer({ methods: implementLibrary({}) });
    const response = await server.send({ method: "DELETE", target: "/v1/shelves/1/books/2" });
    expect(response.status).toBe(204);
    expect(response.body.length).toBe(0);
    expect(response.headers["content-length"]).toBeUndefined();
    expect(response.headers["content-type"]).toBeUndefined();
  });
});

describe("a field as the whole body", () => {
  test.for<[field: string, set: unknown, unset: unknown]>([
    ["author", { name: "a", title: "", copies: "0", labels: {} }, null],
    ["died", "1970-01-01T00:00:07Z", null],
    ["pages", 7, 0],
    ["subtitle", "s", null],
    ["awards", ["w"], []],
  ])("%s", async ([field, set, unset]) => {
    const author = { author: { name: "a" }, died: { seconds: 7n }, pages: 7, subtitle: "s", awards: ["w"] };
    const methods = implementLibrary({ getAuthor: ({ name }) => (name === "shelves/1/books/2" ? author : {}) });
    await using server = await startRestServer({ methods });
    expect((await server.send({ target: `/v1/shelves/1/books/2/${field}` })).json).toEqual(set);
    expect((await server.send({ target: `/v1/shelves/1/books/3/${field}` })).json).toEqual(unset);
  });
});
