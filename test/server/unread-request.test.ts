import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startServer } from "./test-server.ts";

const path = "/orgflags.v1.FeatureService/GetFeature";
const noMessage = Buffer.from("\x0a\xff", "latin1");
const noText = Buffer.from("\x0a\x01\xff", "latin1");
const post = { method: "POST", path };
const proto = { "content-type": "application/proto" };
const query = new URLSearchParams({ connect: "v1", encoding: "proto", base64: "1", message: "Cv8" });

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

test.for<[string, Sent, string]>([
  ["no message", { ...post, headers: proto, body: noMessage }, "parse binary"],
  ["a text that is no UTF-8", { ...post, headers: proto, body: noText }, "parse binary"],
  ["no compressed data", { ...post, headers: { ...proto, "content-encoding": "gzip" }, body: noText }, "decompression"],
  ["no message in the query", { method: "GET", path: `${path}?${query}` }, "parse binary"],
])("of Connect, %s is the caller's fault", async ([, { method, path: target, headers = {}, body }, says]) => {
  const { url, log } = await startServer();
  const sent = { method, headers, ...(body && { body: new Uint8Array(body) }) };
  const answer = await fetch(url + target, sent);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ code: "invalid_argument", message: expect.stringContaining(says) });
  expect(log).toEqual([]);
});

test.for([
  ["identity", Buffer.from("{}")],
  ["gzip", gzipSync("{}")],
] as const)("what goes wrong behind a request that was read (%s) stays an internal error", async ([coding, body]) => {
  const { url } = await startServer();
  const headers = { "content-type": "application/json", "content-encoding": coding };
  const path = "/orgflags.v1.FeatureService/UpdateFeature";
  const answer = await fetch(url + path, { method: "POST", headers, body: new Uint8Array(body) });
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({ code: "internal", message: expect.stringContaining("request id") });
});
