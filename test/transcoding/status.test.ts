import { create, toBinary } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { BadRequestSchema, PreconditionFailureSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { BookSchema } from "../gen/library_pb.ts";
import { implementLibrary, type LibraryImpl } from "./library.ts";
import { type Protocol, type RestResponse, startRestServer } from "./rest-server.ts";

const TARGET = "/v1/shelves/1/books/2";

async function fail(error: unknown, protocol: Protocol = "http1"): Promise<RestResponse> {
  return answer({ getBook: () => Promise.reject(error) }, protocol);
}

async function answer(impl: LibraryImpl, protocol: Protocol = "http1"): Promise<RestResponse> {
  await using server = await startRestServer({ methods: implementLibrary(impl) }, protocol);
  return await server.send({ target: TARGET });
}

describe("codes", () => {
  test.for<[code: Code, status: number]>([
    [Code.Canceled, 499],
    [Code.Unknown, 500],
    [Code.InvalidArgument, 400],
    [Code.DeadlineExceeded, 504],
    [Code.NotFound, 404],
    [Code.AlreadyExists, 409],
    [Code.PermissionDenied, 403],
    [Code.ResourceExhausted, 429],
    [Code.FailedPrecondition, 400],
    [Code.Aborted, 409],
    [Code.OutOfRange, 400],
    [Code.Unimplemented, 501],
    [Code.Internal, 500],
    [Code.Unavailable, 503],
    [Code.DataLoss, 500],
    [Code.Unauthenticated, 401],
  ])("%i is %i", async ([code, status]) => {
    const response = await fail(new ConnectError("no", code));
    expect(response.status).toBe(status);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(response.json).toEqual({ code, message: "no", details: [] });
  });
});

describe("ABORTED", () => {
  const violation = (type: string) => ({ type, subject: "s", description: "d" });
  const failure = (...types: string[]) => ({ violations: types.map(violation) });

  test.for<[name: string, code: Code, detail: ConnectError["details"][number], status: number]>([
    ["because of If-Match", Code.Aborted, { desc: PreconditionFailureSchema, value: failure("X", "IF_MATCH") }, 412],
    [
      "because of If-Match, as received",
      Code.Aborted,
      {
        type: PreconditionFailureSchema.typeName,
        value: toBinary(PreconditionFailureSchema, create(PreconditionFailureSchema, failure("IF_MATCH"))),
      },
      412,
    ],
    ["because of something else", Code.Aborted, { desc: PreconditionFailureSchema, value: failure("X") }, 409],
    ["with another detail", Code.Aborted, { desc: DurationSchema, value: { seconds: 1n } }, 409],
    ["with a broken one", Code.Aborted, { type: PreconditionFailureSchema.typeName, value: Uint8Array.of(255) }, 409],
    ["no more", Code.FailedPrecondition, { desc: PreconditionFailureSchema, value: failure("IF_MATCH") }, 400],
  ])("%s has its status", async ([, code, detail, status]) => {
    const error = new ConnectError("no", code);
    error.details.push(detail);
    const response = await fail(error);
    expect([response.status, (response.json as { code: Code }).code]).toEqual([status, code]);
  });
});

describe("details", () => {
  const book = create(BookSchema, { name: "b", copies: 1n });
  const json = { "@type": "type.googleapis.com/library.v1.Book", name: "b", title: "", copies: "1", labels: {} };

  test.for<[name: string, detail: ConnectError["details"][number], expected: object]>([
    ["to be sent", { desc: BookSchema, value: { name: "b", copies: 1n } }, json],
    ["received", { type: "library.v1.Book", value: toBinary(BookSchema, book) }, json],
    [
      "in proto names",
      { desc: BadRequestSchema, value: { fieldViolations: [{ field: "f", description: "d" }] } },
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        field_violations: [expect.objectContaining({ field: "f", description: "d" })],
      },
    ],
    [
      "of a type with a JSON form of its own",
      { desc: DurationSchema, value: { seconds: 1n } },
      { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" },
    ],
    [
      "of an unknown type",
      { type: "no.Such", value: Uint8Array.of(1, 2) },
      { "@type": "type.googleapis.com/no.Such", value: "AQI=" },
    ],
    [
      "that are no message of their type",
      { type: "library.v1.Book", value: Uint8Array.of(255) },
      { "@type": "type.googleapis.com/library.v1.Book", value: "/w==" },
    ],
  ])("%s", async ([, detail, expected]) => {
    const error = new ConnectError("no", Code.NotFound);
    error.details.push(detail);
    expect((await fail(error)).json).toEqual({ code: 5, message: "no", details: [expected] });
  });
});

describe.each<Protocol>(["http1", "http2"])("metadata over %s", (protocol) => {
  test("the error's goes over the headers that are set, and none of the connection's own", async () => {
    const response = await answer(
      {
        getBook: (_, context) => {
          context.responseHeader.set("one", "set");
          context.responseHeader.set("two", "set");
          context.responseTrailer.set("three", "trailer");
          const metadata = { two: "error", connection: "close", "content-length": "7", "transfer-encoding": "x" };
          throw new ConnectError("no", Code.Aborted, metadata);
        },
      },
      protocol,
    );
    expect(response.headers).toMatchObject({ one: "set", two: "error", "trailer-three": "trailer" });
    expect(response.json).toEqual({ code: 10, message: "no", details: [] });
  });
});

describe("errors that nobody foresaw", () => {
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/);

  test.for<[name: string, impl: LibraryImpl]>([
    [
      "thrown",
      {
        getBook: () => {
          throw new Error("secret");
        },
      },
    ],
    ["rejected", { getBook: () => Promise.reject(new Error("secret")) }],
    ["of a message that cannot be written", { getBook: () => ({ name: 7 as unknown as string }) }],
    [
      "of details that cannot be written",
      {
        getBook: () => {
          throw new ConnectError("no", Code.NotFound, {}, [{ desc: BookSchema, value: { name: 7 } }]);
        },
      },
    ],
  ])("%s are code 13 with an id, and reported under it", async ([, impl]) => {
    const reports: { error: unknown; requestId: string; method: string }[] = [];
    await using server = await startRestServer({
      methods: implementLibrary(impl),
      onUnexpectedError: (error, { requestId, method }) => reports.push({ error, requestId, method: method.name }),
    });
    const response = await server.send({ target: TARGET });
    expect(response.status).toBe(500);
    expect(response.text).not.toContain("secret");
    expect(reports).toEqual([{ error: expect.any(Error), requestId: id, method: "GetBook" }]);
    expect(response.json).toMatchObject({
      code: 13,
      message: `internal error, request ${reports[0]?.requestId}`,
      details: [{ "@type": "type.googleapis.com/google.rpc.RequestInfo", request_id: reports[0]?.requestId }],
    });
  });

  test.for<[header: string, expected: unknown]>([
    ["abc-1.2_3", "internal error, request abc-1.2_3"],
    ["<script>", expect.not.stringContaining("script")],
    ["x".repeat(65), expect.not.stringContaining("xx")],
  ])("the client's id %s is taken if it is a plain one", async ([header, message]) => {
    await using server = await startRestServer({ methods: implementLibrary({ getBook: () => Promise.reject(1) }) });
    const response = await server.send({ target: TARGET, headers: { "x-request-id": header } });
    expect(response.json).toMatchObject({ message });
  });

  test("a listener that fails changes nothing", async () => {
    await using server = await startRestServer({
      methods: implementLibrary({ getBook: () => Promise.reject(new Error("a")) }),
      onUnexpectedError: () => {
        throw new Error("b");
      },
    });
    expect((await server.send({ target: TARGET })).status).toBe(500);
  });
});
