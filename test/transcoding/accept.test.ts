import { describe, expect, test } from "vitest";
import { checkAccept, chooseStreamForm } from "../../src/transcoding/accept.ts";
import { RequestFault } from "../../src/transcoding/request-fault.ts";
import { implementLibrary } from "./library.ts";
import { startRestServer } from "./rest-server.ts";

describe("JSON", () => {
  test.for([
    undefined,
    "",
    "*/*",
    "application/json",
    "APPLICATION/JSON",
    "application/*",
    "text/html, application/json;q=0.1",
    "text/html;q=0.9,*/*;q=0.8",
    "application/json;charset=utf-8",
    "application/json;q=bad",
    "application/json;q=0, application/json;q=1",
  ])("is admitted by %s", (accept) => {
    expect(() => checkAccept(accept, "application/json")).not.toThrow();
  });

  test.for([
    "text/html",
    "application/xml, text/*",
    "application/json;q=0",
    "application/json; q=0.000, */*",
    "application/*;q=0, */*",
    "json",
  ])("is not admitted by %s", (accept) => {
    expect(() => checkAccept(accept, "application/json")).toThrow(RequestFault);
  });
});

describe("the form of a stream", () => {
  test.for<[accept: string | undefined, form: string | undefined]>([
    [undefined, "ndjson"],
    ["", "ndjson"],
    ["*/*", "ndjson"],
    ["application/json", "ndjson"],
    ["application/x-ndjson", "ndjson"],
    ["text/event-stream", "sse"],
    ["text/*", "sse"],
    ["text/event-stream, */*", "sse"],
    ["text/event-stream, */*;q=0.5", "sse"],
    ["text/event-stream;q=0.5, application/x-ndjson", "ndjson"],
    ["text/event-stream;q=0.5, application/x-ndjson;q=0.4", "sse"],
    ["text/event-stream;q=0, */*", "ndjson"],
    ["text/html", undefined],
  ])("of %s is %s", ([accept, form]) => {
    expect(chooseStreamForm(accept)).toBe(form);
  });
});

test.for<[target: string, message: string]>([
  ["/v1/shelves/1/books/2", "Accept: expected application/json, or */*"],
  ["/v1/shelves/1/books:watch", "Accept: expected application/x-ndjson or text/event-stream, or */*"],
])("%s with another Accept is 406, and calls nothing", async ([target, message]) => {
  const refuse = (): never => expect.unreachable();
  await using server = await startRestServer({ methods: implementLibrary({ getBook: refuse, watchBooks: refuse }) });
  const response = await server.send({ target, headers: { accept: "image/png" } });
  expect(response.status).toBe(406);
  expect(response.json).toEqual({ code: 3, message, details: [] });
});
