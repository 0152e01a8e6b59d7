import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { BookSchema, WatchBooksResponseSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { type Protocol, type RestRequest, startRestServer } from "./rest-server.ts";

const target = "/v1/shelves/1/books/2";
const long = "/v1/shelves/1/books/long";
const faulty = "/v1/shelves/1/books/faulty";
const added = { "x-added": "1", vary: "Origin" };
const methods = implementLibrary({
  getBook: ({ name }, context) => {
    if (name.endsWith("faulty")) throw new ConnectError("no", Code.NotFound, { vary: "Cookie" });
    context.responseHeader.set("x-own", "2");
    return create(BookSchema, { name, title: name.endsWith("long") ? "x".repeat(2000) : "x" });
  },
  async *watchBooks() {
    yield create(WatchBooksResponseSchema);
  },
});

describe.each<Protocol>(["http1", "http2"])("headers of others over %s", (protocol) => {
  test.for<[what: string, request: RestRequest, status: number, vary: string]>([
    ["an answer", { target }, 200, "Origin"],
    ["an answer that varies", { target: long }, 200, "Origin, Accept-Encoding"],
    ["a HEAD", { method: "HEAD", target }, 200, "Origin"],
    ["a 304", { target, headers: { "if-none-match": "*" } }, 304, "Origin"],
    ["an error", { target: faulty }, 404, "Origin, Cookie"],
    ["a fault of the request", { target: `${target}?nope=1` }, 400, "Origin"],
    ["an unknown path", { target: "/nowhere" }, 404, "Origin"],
    ["a wrong method", { method: "PUT", target }, 405, "Origin"],
    ["OPTIONS", { method: "OPTIONS", target }, 204, "Origin"],
    ["OPTIONS *", { method: "OPTIONS", target: "*" }, 204, "Origin"],
    ["a stream", { target: "/v1/shelves/1/books:watch" }, 200, "Origin, Accept"],
  ])("%s has those added", async ([, request, status, vary]) => {
    await using server = await startRestServer({ methods }, protocol, { added });
    const response = await server.send(request);
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ "x-added": "1", vary });
  });

  test("those set before stay, vary joined", async () => {
    const preset = { "x-preset": "3", vary: "Host" };
    await using server = await startRestServer({ methods }, protocol, { preset, added });
    expect((await server.send({ target })).headers).toMatchObject({ "x-preset": "3", "x-added": "1", "x-own": "2" });
    expect((await server.send({ target })).headers.vary).toBe("Host, Origin");
    expect((await server.send({ target: long })).headers.vary).toBe("Host, Origin, Accept-Encoding");
  });

  test("those of the answer go over those added", async () => {
    const others = Object.freeze({ "x-own": "1", "content-type": "text/plain" });
    await using server = await startRestServer({ methods }, protocol, { added: others });
    expect((await server.send({ target })).headers).toMatchObject({
      "x-own": "2",
      "content-type": "application/json",
    });
  });
});
