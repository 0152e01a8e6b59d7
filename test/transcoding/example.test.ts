// The transcoder by itself, on a service that has nothing to do with this one: what its README says, run.
import { once } from "node:events";
import { createServer as createHttp1 } from "node:http";
import { connect, createServer as createHttp2, type Http2Server } from "node:http2";
import type { Server } from "node:net";
import { text } from "node:stream/consumers";
import { createMethodImplSpec } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { createOpenApiDocument } from "../../src/transcoding/openapi/document.ts";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { LibraryService } from "../gen/library_pb.ts";

const { getBook, watchBooks } = LibraryService.method;

const transcoder = createTranscoder({
  methods: [
    createMethodImplSpec(getBook, ({ name }) => ({ name, title: "Emma" })),
    createMethodImplSpec(watchBooks, async function* ({ parent }) {
      yield { name: `${parent}/books/1` };
      yield { name: `${parent}/books/2` };
    }),
  ],
});

async function listen(server: Server | Http2Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

test("it is the handler of a server of node:http", async () => {
  const url = await listen(createHttp1(transcoder.handle));
  const answer = await fetch(`${url}/v1/shelves/1/books/2`);
  expect(await answer.json()).toMatchObject({ name: "shelves/1/books/2", title: "Emma" });
  const books = await (await fetch(`${url}/v1/shelves/1/books:watch`)).text();
  const names = books
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).name);
  expect(names).toEqual(["shelves/1/books/1", "shelves/1/books/2"]);
});

test("it is the handler of a server of node:http2", async () => {
  const session = connect(await listen(createHttp2(transcoder.handle)));
  onTestFinished(() => session.close());
  const stream = session.request({ ":path": "/v1/shelves/1/books/2" });
  expect(JSON.parse(await text(stream))).toMatchObject({ name: "shelves/1/books/2" });
});

test("it tells its routes, and describes itself in OpenAPI", () => {
  const routes = transcoder.routes.map(({ httpMethod, template }) => `${httpMethod} ${template}`);
  expect(routes).toContain("GET /v1/{name=shelves/*/books/*}");
  const info = { title: "Library", version: "1" };
  const { paths } = createOpenApiDocument({ services: [LibraryService], info });
  expect(paths).toHaveProperty(["/v1/shelves/{name.shelves}/books/{name.books}", "get"]);
});
