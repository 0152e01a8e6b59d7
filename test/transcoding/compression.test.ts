import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseCoding, isCompressible } from "../../src/transcoding/compression.ts";
import { BookSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

const LONG = "/v1/shelves/1/books/long";
const SHORT = "/v1/shelves/1/books/short";

let server: RestServer;

beforeAll(async () => {
  const getBook = ({ name }: { name: string }) =>
    create(BookSchema, { name, title: name.endsWith("long") ? "x".repeat(2000) : "x" });
  server = await startRestServer({ methods: implementLibrary({ getBook }) });
});

afterAll(() => server[Symbol.asyncDispose]());

describe("the coding", () => {
  test.for<[acceptEncoding: string | undefined, coding: string | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["zstd", undefined],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["deflate", "deflate"],
    ["br", "br"],
    ["GZIP", "gzip"],
    ["gzip, deflate, br", "br"],
    ["gzip, deflate", "gzip"],
    ["gzip;q=0.5, deflate;q=0.7", "deflate"],
    ["gzip;q=0", undefined],
    ["*", "br"],
    ["*;q=0", undefined],
    ["br;q=0, *", "gzip"],
    ["gzip;q=0.5, identity;q=0.8", undefined],
    ["gzip;q=0.5, identity;q=0.5", "gzip"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
  ])("for %s is %s", ([acceptEncoding, coding]) => {
    expect(chooseCoding(acceptEncoding)).toBe(coding);
  });

  test.for<[mediaType: string, compressible: boolean]>([
    ["application/json", true],
    ["text/csv; charset=utf-8", true],
    ["image/svg+xml", true],
    ["application/problem+json", true],
    ["image/png", false],
    ["application/zip", false],
    ["application/octet-stream", false],
    ["application/jsonish", false],
  ])("of %s is worth it: %s", ([mediaType, compressible]) => {
    expect(isCompressible(mediaType)).toBe(compressible);
  });
});

describe("answers", () => {
  test.for<[coding: string, decompress: (body: Buffer) => Buffer]>([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
    ["deflate", inflateSync],
  ])("are compressed as %s", async ([coding, decompress]) => {
    const plain = await server.send({ target: LONG });
    const response = await server.send({ target: LONG, headers: { "accept-encoding": coding } });
    expect(response.headers).toMatchObject({
      "content-encoding": coding,
      "content-length": String(response.body.length),
    });
    expect(decompress(response.body)).toEqual(plain.body);
  });

  test("below the limit stay as they are, and vary by nothing", async () => {
    const response = await server.send({ target: SHORT, headers: { "accept-encoding": "gzip" } });
    expect(response.headers["content-encoding"]).toBeUndefined();
    expect(response.headers.vary).toBeUndefined();
  });

  test.for([{}, { "accept-encoding": "gzip" }, { "accept-encoding": "identity" }])("vary for %o", async (headers) => {
    expect((await server.send({ target: LONG, headers })).headers.vary).toBe("Accept-Encoding");
  });

  test("to HEAD have the length that GET has", async () => {
    const headers = { "accept-encoding": "gzip" };
    const get = await server.send({ target: LONG, headers });
    const head = await server.send({ method: "HEAD", target: LONG, headers });
    expect(head.body.length).toBe(0);
    expect(head.headers["content-length"]).toBe(String(get.body.length));
    expect(head.headers["content-encoding"]).toBe("gzip");
  });
});
