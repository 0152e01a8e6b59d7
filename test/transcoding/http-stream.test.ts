import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { KindsSchema } from "../gen/kinds_pb.ts";
import { createMethods, type RuleSpec } from "./dynamic-methods.ts";
import { implement } from "./implement.ts";
import { type Protocol, startRestServer } from "./rest-server.ts";

const sse = { accept: "text/event-stream" };
const unit = { method: "GET", template: "/v1/x", stream: "server" } as const;

/** A method that yields the messages, or what it was asked. */
function methodsOf(rule: Partial<RuleSpec>, messages?: readonly MessageInitShape<typeof KindsSchema>[]) {
  const created = createMethods([{ ...unit, ...rule }], "vectors.v1.Kinds");
  return created.map((method) =>
    implement(method, async function* (request) {
      // The method takes and returns this message.
      yield* messages?.map((message) => create(KindsSchema, message)) ?? [request as MessageShape<typeof KindsSchema>];
    }),
  );
}

describe.each<Protocol>(["http1", "http2"])("events over %s", (protocol) => {
  test.for<[eventId: string, message: MessageInitShape<typeof KindsSchema>, id: string | undefined]>([
    ["int64_value", { int64Value: 57n }, "57"],
    ["int64_value", {}, "0"],
    ["uint64_value", { uint64Value: 2n ** 64n - 1n }, "18446744073709551615"],
    ["bool_value", { boolValue: true }, "true"],
    ["id", { id: "ä b:c" }, "ä b:c"],
    ["id", { id: "" }, undefined],
    ["bytes_value", { bytesValue: Uint8Array.of(255, 254) }, "__4"],
    ["nested.label", { nested: { label: "l" } }, "l"],
    ["nested.label", {}, undefined],
    ["choice_text", { choice: { case: "choiceNumber", value: 1 } }, undefined],
  ])("have the field %s of %o as their id %s", async ([eventId, message, id]) => {
    await using server = await startRestServer(
      { methods: methodsOf({ httpStream: { eventId } }, [message]) },
      protocol,
    );
    const [first, second] = (await server.send({ target: "/v1/x", headers: sse })).text.split("\n");
    const data = expect.stringMatching(/^data: \{/);
    expect([first, second]).toEqual(id === undefined ? [data, ""] : [`id: ${id}`, data]);
  });

  test("have the id of their own message, also where a field of it is the answer", async () => {
    const rule = { httpStream: { eventId: "int64_value" }, response_body: "id" };
    const messages = [
      { id: "a", int64Value: 1n },
      { id: "b", int64Value: 2n },
    ];
    await using server = await startRestServer({ methods: methodsOf(rule, messages) }, protocol);
    const { text } = await server.send({ target: "/v1/x", headers: sse });
    expect(text).toBe('id: 1\ndata: "a"\n\nid: 2\ndata: "b"\n\n');
  });

  test.for(["\n", "\r", "\0"])("with an id that has %j in it are an error", async (character) => {
    const methods = methodsOf({ httpStream: { eventId: "id" } }, [{ id: "a" }, { id: `a${character}data: b` }]);
    await using server = await startRestServer({ methods }, protocol);
    const { text } = await server.send({ target: "/v1/x", headers: sse });
    expect(text.split("\n\n").slice(1)).toEqual([expect.stringMatching(/^event: error\ndata: .*"code":13/), ""]);
  });

  test("are lines as ever for who accepts those", async () => {
    const methods = methodsOf({
      httpStream: { eventId: "int64_value", lastEventId: "int64_value" },
      response_body: "id",
    });
    await using server = await startRestServer({ methods }, protocol);
    const { text } = await server.send({ target: "/v1/x?id=a", headers: { "last-event-id": "no number" } });
    expect(text).toBe('"a"\n');
  });
});

describe.each<Protocol>(["http1", "http2"])("Last-Event-ID over %s", (protocol) => {
  test.for<[field: string, header: string, query: string, json: unknown]>([
    ["int64_value", "57", "", "57"],
    ["int64_value", "57", "?int64_value=3", "57"],
    ["int64_value", "", "?int64_value=3", "3"],
    ["id", "\u00c3\u00a4", "", "ä"],
    ["bool_value", "true", "", true],
  ])("sets the field %s by %j over %j to %j", async ([field, header, query, json]) => {
    const methods = methodsOf({ httpStream: { lastEventId: field }, response_body: field });
    await using server = await startRestServer({ methods }, protocol);
    const { text } = await server.send({ target: `/v1/x${query}`, headers: { ...sse, "last-event-id": header } });
    expect(text).toBe(`data: ${JSON.stringify(json)}\n\n`);
  });

  test.for<[field: string, header: string, query: string, description: string]>([
    ["int64_value", "x", "", "expected a decimal integer from -9223372036854775808 to 9223372036854775807, in UTF-8"],
    ["int32_value", "2147483648", "", "expected a decimal integer from -2147483648 to 2147483647, in UTF-8"],
    ["id", "\u00c3", "", "expected a string, in UTF-8"],
    [
      "choice_text",
      "a",
      "?choice_number=1",
      "expected no other member of the oneof choice, the request has choice_number",
    ],
  ])("that %s cannot be, such as %j, is 400", async ([field, header, query, description]) => {
    await using server = await startRestServer(
      { methods: methodsOf({ httpStream: { lastEventId: field } }) },
      protocol,
    );
    const headers = { ...sse, "last-event-id": header };
    const response = await server.send({ target: `/v1/x${query}`, headers });
    expect(response.status).toBe(400);
    expect(response.json).toMatchObject({
      code: 3,
      message: `"Last-Event-ID": ${description}`,
      details: [{ field_violations: [{ field: "Last-Event-ID", description }] }],
    });
    expect((await server.send({ method: "HEAD", target: `/v1/x${query}`, headers })).status).toBe(400);
  });

  test("is taken of HEAD", async () => {
    const methods = methodsOf({ httpStream: { lastEventId: "int64_value" } });
    await using server = await startRestServer({ methods }, protocol);
    const response = await server.send({ method: "HEAD", target: "/v1/x", headers: { ...sse, "last-event-id": "5" } });
    expect([response.status, response.body.length]).toEqual([200, 0]);
    expect(response.headers["content-type"]).toBe("text/event-stream");
  });
});

describe("an option that cannot be served", () => {
  const kinds = "vectors.v1.Kinds";

  test.for<[rule: Partial<RuleSpec>, message: string]>([
    [
      { httpStream: { eventId: "nope" } },
      `http_stream has event_id "nope": ${kinds} has no such field; use proto names`,
    ],
    [
      { httpStream: { eventId: "int64Value" } },
      `has event_id "int64Value": ${kinds} has no such field; use proto names`,
    ],
    [
      { httpStream: { lastEventId: "nested.no" } },
      'has last_event_id "nested.no": vectors.v1.Nested has no such field',
    ],
    [{ httpStream: { eventId: "nested" } }, 'http_stream has event_id "nested", which is no scalar'],
    [{ httpStream: { eventId: "color" } }, 'http_stream has event_id "color", which is no scalar'],
    [
      { httpStream: { lastEventId: "repeated_string" } },
      'has last_event_id "repeated_string", which is no scalar; use a singular scalar field',
    ],
    [{ httpStream: {}, stream: undefined as never }, "http_stream is for a stream of responses; remove the option"],
  ])("%o fails at the start", ([rule, message]) => {
    const create = () => createTranscoder({ methods: methodsOf(rule) });
    expect(create).toThrow(expect.objectContaining({ name: "RuleError", template: "/v1/x", column: 1 }));
    expect(create).toThrow(message);
  });
});
