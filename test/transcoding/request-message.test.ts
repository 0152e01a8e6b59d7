import { readFileSync } from "node:fs";
import { create, fromJson, type Message, toJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KindsSchema, KindsService } from "../gen/kinds_pb.ts";
import { createMethods } from "./dynamic-methods.ts";
import { implement } from "./implement.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

interface QueryVector {
  readonly name: string;
  readonly feature: string;
  readonly method: string;
  readonly target: string;
  readonly body?: string;
  readonly contentType?: string | null;
  readonly expect: {
    readonly message?: Parameters<typeof fromJson>[1];
    readonly status?: number;
    readonly mentions?: string | readonly string[];
  };
}

// The shape of the file is that of test/vectors/README.md.
const vectors = JSON.parse(
  readFileSync(new URL("../vectors/query.json", import.meta.url), "utf8"),
) as readonly QueryVector[];

let server: RestServer;
let received: Message | undefined;

beforeAll(async () => {
  const echo = (request: Message): Message => {
    received = request;
    return create(KindsSchema);
  };
  const methods = KindsService.methods.map((method) => implement(method, echo));
  server = await startRestServer({ methods });
});

afterAll(() => server[Symbol.asyncDispose]());

describe("messages of the vectors", () => {
  const accepted = vectors.filter((vector) => vector.expect.message !== undefined);

  test.for(accepted)("$feature: $name", async (vector) => {
    received = undefined;
    const { status } = await server.send(toRequest(vector));
    expect(status).toBe(200);
    // The handler takes Kinds, and has been called.
    const message = received as unknown as ReturnType<typeof create<typeof KindsSchema>>;
    expect(toJson(KindsSchema, message)).toEqual(
      toJson(KindsSchema, fromJson(KindsSchema, vector.expect.message ?? null)),
    );
  });
});

describe("errors of the vectors", () => {
  const refused = vectors.filter((vector) => vector.expect.status !== undefined);

  test.for(refused)("$feature: $name", async (vector) => {
    received = undefined;
    const response = await server.send(toRequest(vector));
    expect(response.status).toBe(vector.expect.status);
    expect(received).toBeUndefined();
    const mentions = [vector.expect.mentions ?? ""].flat();
    expect(mentions.filter((text) => response.text.includes(text))).not.toEqual([]);
  });
});

function toRequest({ method, target, body, contentType }: QueryVector) {
  const type = contentType === undefined && body ? "application/json" : contentType;
  return { method, target, ...(type ? { headers: { "content-type": type } } : {}), ...(body ? { body } : {}) };
}

describe("the order of authority", () => {
  test.for<[name: string, body: object, expected: object]>([
    ["a path-bound field of the body is overruled", { id: "b", string_value: "s" }, { id: "p", string_value: "s" }],
    [
      "a field beside one in the path stays",
      { nested: { label: "b", size: 2 } },
      { id: "p", nested: { label: "l", size: 2 } },
    ],
    ["another member of a oneof is refused", { choice_number: 1 }, { status: 400, field: "choice_text" }],
    ["the same member of a oneof is overruled", { choice_text: "b" }, { id: "p", choice_text: "c" }],
  ])("%s", async ([, body, expected]) => {
    expect(await send(body)).toMatchObject(expected);
  });

  /** Sends a body whose fields the path has some of, and gives the message received or the error. */
  async function send(body: object): Promise<unknown> {
    const template = "/v1/{id}/{nested.label}/{choice_text}";
    const [method] = createMethods([{ method: "PUT", template, body: "*" }], "vectors.v1.Kinds");
    const spec = implement(method ?? expect.unreachable(), (request) => request);
    await using own = await startRestServer({ methods: [spec] });
    const response = await own.send({ method: "PUT", target: "/v1/p/l/c", body: JSON.stringify(body) });
    const { json } = response;
    if (response.status === 200) return json;
    // A 400 of a field has BadRequest details.
    const { details } = json as { details: { field_violations: { field: string }[] }[] };
    return { status: response.status, field: details[0]?.field_violations[0]?.field };
  }
});
