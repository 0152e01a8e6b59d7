import { connect } from "node:net";
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTranscoder, RuleError } from "../../src/transcoding/transcoder.ts";
import { BookSchema } from "../gen/library_pb.ts";
import { createMethods } from "./dynamic-methods.ts";
import { implement } from "./implement.ts";
import { implementLibrary } from "./library.ts";
import { collect, type Protocol, type RestRequest, type RestServer, startRestServer } from "./rest-server.ts";

const methods = implementLibrary({ getBook: ({ name }) => create(BookSchema, { name, title: "Emma", copies: 3n }) });
const emma = { name: "shelves/1/books/2", title: "Emma", copies: "3", labels: {} };

describe.each<Protocol>(["http1", "http2"])("requests over %s", (protocol) => {
  let server: RestServer;

  beforeAll(async () => {
    server = await startRestServer({ methods }, protocol);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test("a GET is answered with JSON in proto names, implicit fields included", async () => {
    const response = await server.send({ target: "/v1/shelves/1/books/2" });
    expect(response.status).toBe(200);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(response.headers["content-length"]).toBe(String(response.body.length));
    expect(response.json).toEqual(emma);
  });

  test("a HEAD has the headers of GET and no body", async () => {
    const get = await server.send({ target: "/v1/shelves/1/books/2" });
    const head = await server.send({ method: "HEAD", target: "/v1/shelves/1/books/2" });
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    const names = ["content-length", "content-type", "etag"];
    expect(names.map((name) => head.headers[name])).toEqual(names.map((name) => get.headers[name]));
  });

  test.for<[request: RestRequest, status: number, code: number, message: string, allow?: string]>([
    [{ target: "/nowhere" }, 404, 5, "no rule fits the path"],
    [{ target: "/" }, 404, 5, "no rule fits the path"],
    [{ target: "/v1/shelves/1//books" }, 404, 5, "no rule fits the path"],
    [{ target: "/v1/shelves/%zz/books/2" }, 400, 3, 'path segment "%zz": expected escapes (%XX) of UTF-8'],
    [
      { method: "POST", target: "/v1/shelves/1/books/2" },
      405,
      12,
      "method POST: expected one of DELETE, GET, HEAD, LOCK, OPTIONS",
      "DELETE, GET, HEAD, LOCK, OPTIONS",
    ],
    [{ target: "/v1/echo" }, 405, 12, "method GET: expected one of OPTIONS, POST", "OPTIONS, POST"],
  ])("%o is %i", async ([request, status, code, message, allow]) => {
    const response = await server.send(request);
    expect(response.status).toBe(status);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(response.headers.allow).toBe(allow);
    expect(response.json).toEqual({ code, message, details: [] });
  });

  test("OPTIONS is 204 with the methods of the path", async () => {
    const response = await server.send({ method: "OPTIONS", target: "/v1/shelves/1/books/2" });
    expect(response.status).toBe(204);
    expect(response.headers.allow).toBe("DELETE, GET, HEAD, LOCK, OPTIONS");
    expect(response.headers["content-length"]).toBeUndefined();
    expect(response.body.length).toBe(0);
  });

  test("OPTIONS * is 204 with the methods of the server", async () => {
    const response = await server.send({ method: "OPTIONS", target: "*" });
    expect(response.status).toBe(204);
    expect(response.headers.allow).toBe("DELETE, GET, HEAD, LOCK, OPTIONS, POST, PUT");
  });

  test("a method of a custom rule is served, one of the kind * with any method", async () => {
    const statuses = ["LOCK /v1/shelves/1/books/2", "PATCH /v1/shelves/1/books/2/lend"].map(async (line) => {
      const [method = "", target = ""] = line.split(" ");
      return (await server.send({ method, target })).status;
    });
    expect(await Promise.all(statuses)).toEqual([200, 200]);
  });
});

test("a target in absolute form loses its scheme and authority", async () => {
  await using server = await startRestServer({ methods });
  const response = await server.send({ target: "http://elsewhere:80/v1/shelves/1/books/2" });
  expect(response.json).toEqual(emma);
});

describe("construction", () => {
  test("routes are those of the rules, in order", () => {
    const { routes } = createTranscoder({ methods });
    const lines = routes.map((route) => [route.httpMethod, route.template, route.procedure, route.additional]);
    expect(lines.slice(0, 3)).toEqual([
      ["GET", "/v1/{name=shelves/*/books/*}", "library.v1.LibraryService/GetBook", false],
      ["POST", "/v1/{parent=shelves/*}/books", "library.v1.LibraryService/CreateBook", false],
      ["DELETE", "/v1/{name=shelves/*/books/*}", "library.v1.LibraryService/DeleteBook", false],
    ]);
    expect(lines.at(-1)).toEqual(["*", "/v1/{name=shelves/*/books/*}/lend", "library.v1.LibraryService/Lend", true]);
    expect(lines.map(([, , procedure]) => procedure)).not.toContain("library.v1.LibraryService/BurnBook");
  });

  test.for<[options: object, message: string]>([
    [{ maxBody: 1 }, 'unknown option "maxBody"; use methods, maxBodyBytes, maxJsonDepth'],
    [{ ["__proto__"]: 1 }, 'unknown option "__proto__"'],
    [{ maxBodyBytes: 0 }, 'option "maxBodyBytes" is 0; use a whole number from 1'],
    [{ maxJsonDepth: 1.5 }, 'option "maxJsonDepth" is 1.5; use a whole number from 1'],
    [{ compressMinBytes: Number.NaN }, 'option "compressMinBytes" is NaN'],
    [{ maxTimeoutMs: -1 }, 'option "maxTimeoutMs" is -1'],
  ])("%o is refused", ([options, message]) => {
    expect(() => createTranscoder({ methods, ...options })).toThrow(TypeError);
    expect(() => createTranscoder({ methods, ...options })).toThrow(message);
  });

  test("options stay as they are", () => {
    expect(() => createTranscoder(Object.freeze({ methods: Object.freeze([...methods]) }))).not.toThrow();
  });

  test("a rule that cannot be served fails with its RPC, template and column", () => {
    const [method] = createMethods([{ method: "GET", template: "/v1/{nested.nope}" }], "vectors.v1.Kinds");
    const specs = method === undefined ? [] : [implement(method, () => create(method.output))];
    const fault = { rpc: "dynamic.v1.DynamicService.M0", template: "/v1/{nested.nope}", column: 13 };
    expect(() => createTranscoder({ methods: specs })).toThrow(expect.objectContaining(fault));
    expect(() => createTranscoder({ methods: specs })).toThrow(RuleError);
  });
});

test("requests on one connection are answered in order", async () => {
  await using server = await startRestServer({ methods });
  const socket = connect(server.port, "127.0.0.1");
  const lines = ["/v1/shelves/1/books/1", "/nowhere", "/v1/shelves/1/books/3"].map(
    (target, index) => `GET ${target} HTTP/1.1\r\nHost: a\r\n${index === 2 ? "Connection: close\r\n" : ""}\r\n`,
  );
  socket.end(lines.join(""));
  const text = (await collect(socket)).toString();
  expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1])).toEqual(["200", "404", "200"]);
});
