import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoNotes, implementLibrary } from "./library.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

let server: RestServer;

beforeAll(async () => {
  server = await startRestServer({ methods: implementLibrary(echoNotes) });
});

afterAll(() => server[Symbol.asyncDispose]());

describe("requests", () => {
  const json = '{"text":"compressed"}';

  test.for<[coding: string, body: Uint8Array, status: number]>([
    ["gzip", gzipSync(json), 200],
    ["x-gzip", gzipSync(json), 200],
    ["GZIP", gzipSync(json), 200],
    ["br", brotliCompressSync(json), 200],
    ["deflate", deflateSync(json), 200],
    ["deflate", deflateRawSync(json), 200],
    ["identity", Buffer.from(json), 200],
    ["gzip", gzipSync(""), 200],
    ["gzip", Buffer.from(json), 400],
    ["gzip", gzipSync(json).subarray(0, -4), 400],
    ["br", Buffer.from(json), 400],
    ["deflate", Buffer.from(json), 400],
    ["zstd", Buffer.from(json), 415],
    ["gzip, br", Buffer.from(json), 415],
  ])("as %s are read", async ([coding, body, status]) => {
    const headers = { "content-encoding": coding, "content-type": "application/json" };
    const response = await server.send({ method: "POST", target: "/v1/notes", body, headers });
    expect(response.status).toBe(status);
  });

  test("that are not understood learn what would be", async () => {
    const headers = { "content-encoding": "zstd" };
    const response = await server.send({ method: "POST", target: "/v1/notes", body: json, headers });
    expect(response.headers["accept-encoding"]).toBe("gzip, br, deflate");
  });
});
