import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { makeETag, matchesETag, tagCoding } from "../../src/transcoding/etag.ts";
import { BookSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { startRestServer } from "./rest-server.ts";

describe("If-None-Match", () => {
  test.for<[ifNoneMatch: string, etag: string, matches: boolean]>([
    ['"a"', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['"b", "a"', '"a"', true],
    ['"b","a"', '"a"', true],
    ["*", '"a"', true],
    ['"b"', '"a"', false],
    ["a", '"a"', false],
    ['"a-gzip"', '"a"', false],
    ["", '"a"', false],
    ['"a,b"', '"b"', false],
    ['"a"', "no tag", false],
  ])("%s against %s: %s", ([ifNoneMatch, etag, matches]) => {
    expect(matchesETag(ifNoneMatch, etag)).toBe(matches);
  });
});

test("bytes have a strong tag of their own", () => {
  expect(makeETag("a")).toMatch(/^"[\w-]+"$/);
  expect(makeETag("a")).toBe(makeETag(Buffer.from("a")));
  expect(makeETag("a")).not.toBe(makeETag("b"));
});

test.for<[etag: string, coding: "gzip" | undefined, tagged: string]>([
  ['"a"', undefined, '"a"'],
  ['"a"', "gzip", '"a-gzip"'],
  ['W/"a"', "gzip", 'W/"a"'],
])("%s as %s is %s", ([etag, coding, tagged]) => {
  expect(tagCoding(etag, coding)).toBe(tagged);
});

describe("conditional requests", () => {
  const target = "/v1/shelves/1/books/2";
  const methods = implementLibrary({
    getBook: ({ name }, context) => {
      context.responseHeader.set("cache-control", "private");
      return create(BookSchema, { name, title: "x".repeat(2000) });
    },
  });

  test.for(["GET", "HEAD"])("%s of what the client has is 304 without a body", async (method) => {
    await using server = await startRestServer({ methods });
    const etag = (await server.send({ target })).headers.etag ?? "";
    const response = await server.send({ method, target, headers: { "if-none-match": `"other", ${etag}` } });
    expect(response.status).toBe(304);
    expect(response.body.length).toBe(0);
    expect(response.headers).toMatchObject({ etag, "cache-control": "private", vary: "Accept-Encoding" });
    expect(response.headers["content-type"]).toBeUndefined();
    expect(response.headers["content-length"]).toBeUndefined();
  });

  test("each coding has its own tag, that of another one does not match", async () => {
    await using server = await startRestServer({ methods });
    const plain = (await server.send({ target })).headers.etag ?? "";
    const gzip = (await server.send({ target, headers: { "accept-encoding": "gzip" } })).headers.etag ?? "";
    expect(gzip).toBe(plain.replace(/"$/, '-gzip"'));
    const statuses = [
      { "if-none-match": gzip, "accept-encoding": "gzip" },
      { "if-none-match": plain, "accept-encoding": "gzip" },
      { "if-none-match": gzip },
    ].map(async (headers) => (await server.send({ target, headers })).status);
    expect(await Promise.all(statuses)).toEqual([304, 200, 200]);
  });

  test("the implementation's own tag is taken", async () => {
    await using server = await startRestServer({
      methods: implementLibrary({
        getBook: (_, context) => {
          context.responseHeader.set("etag", 'W/"revision-7"');
          return create(BookSchema);
        },
      }),
    });
    expect((await server.send({ target })).headers.etag).toBe('W/"revision-7"');
    expect((await server.send({ target, headers: { "if-none-match": '"revision-7"' } })).status).toBe(304);
  });

  test("other methods have no tag and no conditions", async () => {
    await using server = await startRestServer({ methods });
    const response = await server.send({ method: "POST", target: "/v1/notes", headers: { "if-none-match": "*" } });
    expect(response.status).toBe(200);
    expect(response.headers.etag).toBeUndefined();
  });
});
