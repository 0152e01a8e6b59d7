import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { HttpBodySchema } from "../../gen/google/api/httpbody_pb.ts";
import { UploadCoverResponseSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { type Protocol, startRestServer } from "./rest-server.ts";

const bytes = Uint8Array.of(0, 255, 10, 13);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each<Protocol>(["http1", "http2"])("raw bodies over %s", (protocol) => {
  const methods = implementLibrary({
    echoBody: (body) => body,
    uploadCover: ({ name, cover }) =>
      create(UploadCoverResponseSchema, {
        contentType: `${name} ${cover?.contentType}`,
        size: cover?.data.length ?? -1,
      }),
  });

  test("come and go with their type", async () => {
    await using server = await startRestServer({ methods }, protocol);
    const headers = { "content-type": "image/png" };
    const response = await server.send({ method: "POST", target: "/v1/echo", body: bytes, headers });
    expect(response.status).toBe(200);
    expect(response.headers["content-type"]).toBe("image/png");
    expect(new Uint8Array(response.body)).toEqual(bytes);
  });

  test("without a type are octets", async () => {
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ method: "POST", target: "/v1/echo", body: bytes });
    expect(response.headers["content-type"]).toBe("application/octet-stream");
  });

  test("fill a field, beside the path", async () => {
    await using server = await startRestServer({ methods }, protocol);
    const request = { method: "PUT", target: "/v1/shelves/1/books/2/cover", headers: { "content-type": "image/png" } };
    const full = await server.send({ ...request, body: bytes });
    expect(full.json).toEqual({ content_type: "shelves/1/books/2 image/png", size: 4 });
    const none = await server.send(request);
    expect(none.json).toEqual({ content_type: "shelves/1/books/2 undefined", size: -1 });
  });
});

describe("raw answers", () => {
  const target = "/v1/shelves/1/books/2/cover";
  const csv = implementLibrary({
    downloadCover: () =>
      create(HttpBodySchema, { contentType: "text/csv; charset=utf-8", data: encode("a,b\n".repeat(1000)) }),
  });

  test.for<[accept: string, status: number]>([
    ["text/csv", 200],
    ["text/*", 200],
    ["*/*", 200],
    ["application/json", 200],
    ["image/png", 406],
  ])("with Accept: %s are %i", async ([accept, status]) => {
    await using server = await startRestServer({ methods: csv });
    expect((await server.send({ target, headers: { accept } })).status).toBe(status);
  });

  test("have a tag, and are compressed where their type is worth it", async () => {
    await using server = await startRestServer({ methods: csv });
    const response = await server.send({ target, headers: { "accept-encoding": "gzip" } });
    expect(response.headers).toMatchObject({ "content-encoding": "gzip", etag: expect.stringMatching(/-gzip"$/) });
    const again = await server.send({
      target,
      headers: { "accept-encoding": "gzip", "if-none-match": response.headers.etag ?? "" },
    });
    expect(again.status).toBe(304);
  });

  test("of other types are left as they are", async () => {
    const png = create(HttpBodySchema, { contentType: "image/png", data: new Uint8Array(5000) });
    await using server = await startRestServer({ methods: implementLibrary({ downloadCover: () => png }) });
    const response = await server.send({ target, headers: { "accept-encoding": "gzip" } });
    expect(response.headers["content-encoding"]).toBeUndefined();
    expect(response.body.length).toBe(5000);
  });

  test("with a type that is no header are code 13", async () => {
    const broken = create(HttpBodySchema, { contentType: "text/plain\r\nx: y", data: encode("a") });
    await using server = await startRestServer({ methods: implementLibrary({ downloadCover: () => broken }) });
    const response = await server.send({ target });
    expect(response.status).toBe(500);
    expect(response.json).toMatchObject({ code: 13 });
  });
});
