import type { ClientHttp2Session, OutgoingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { callHttp1 } from "./http1-call.ts";
import { callHttp2, connectHttp2 } from "./http2-call.ts";
import { startLanes } from "./lanes.ts";
import { outcomeProcedures } from "./outcomes.ts";
import { envelope } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/GetFeature";
const text = Buffer.from("{}");
const empty = envelope(Buffer.alloc(0));

function start(isLean: boolean) {
  return startLanes({ isLean, procedures: outcomeProcedures, onOver: onTestFinished });
}

function open(port: number): ClientHttp2Session {
  const session = connectHttp2(port);
  onTestFinished(() => session.destroy());
  return session;
}

describe("what is of another kind is handed on unread, and answered as ever: over HTTP/2", () => {
  test.for<[string, OutgoingHttpHeaders, Buffer]>([
    ["gRPC-Web", { "content-type": "application/grpc-web+proto" }, empty],
    ["gRPC with JSON", { "content-type": "application/grpc+json" }, envelope(text)],
    ["gRPC that is compressed", { "content-type": "application/grpc", "grpc-encoding": "gzip" }, empty],
    ["gRPC in an unknown compression", { "content-type": "application/grpc", "grpc-encoding": "snappy" }, empty],
    ["gRPC in other case", { "content-type": "Application/gRPC" }, empty],
    ["a stream of Connect", { "content-type": "application/connect+proto" }, empty],
    ["Connect that is compressed", { "content-type": "application/json", "content-encoding": "gzip" }, gzipSync(text)],
    ["an unknown type", { "content-type": "text/plain" }, text],
    ["a type with parameters", { "content-type": "application/json; charset=latin1" }, text],
    ["no type", {}, text],
    ["PUT", { ":method": "PUT", "content-type": "application/json" }, text],
    ["an unknown method", { ":path": `${path}s`, "content-type": "application/grpc" }, empty],
    ["a Host beside the authority", { "content-type": "application/json", host: "flags.example:80" }, text],
    ["a Host that differs", { "content-type": "application/json", host: "other" }, text],
    ["an expectation", { "content-type": "application/json", expect: "100-continue" }, text],
    ["a malformed authority", { "content-type": "application/json", ":authority": "a b" }, text],
  ])("%s", async ([, headers, body]) => {
    const sides = await Promise.all([start(true), start(false)]);
    const call = { headers: { ":path": path, ...headers }, pieces: [body] };
    const [lean, stock] = await Promise.all(sides.map(({ port }) => callHttp2(open(port), call)));
    expect(lean).toEqual(stock);
    expect(sides[0].taken).toEqual([]);
    expect(sides[0].handedOn.filter(({ isRead }) => isRead)).toEqual([]);
  });
});

describe("what is of another kind is handed on unread, and answered as ever: over HTTP/1.1", () => {
  test.for<[string, string, Readonly<Record<string, string>>, Buffer]>([
    ["gRPC", path, { "Content-Type": "application/grpc" }, empty],
    ["gRPC-Web", path, { "Content-Type": "application/grpc-web" }, empty],
    ["a stream of Connect", path, { "Content-Type": "application/connect+json" }, envelope(text)],
    ["a compressed body", path, { "Content-Type": "application/json", "Content-Encoding": "gzip" }, gzipSync(text)],
    ["an unknown type", path, { "Content-Type": "text/plain" }, text],
    ["no type", path, {}, text],
    ["an unknown method", `${path}s`, { "Content-Type": "application/json" }, text],
  ])("%s", async ([, target, headers, body]) => {
    const sides = await Promise.all([start(true), start(false)]);
    const call = { path: target, headers, pieces: [body] };
    const [lean, stock] = await Promise.all(sides.map(({ port }) => callHttp1(port, call)));
    expect(lean).toBe(stock);
    expect(sides[0].taken).toEqual([]);
    expect(sides[0].handedOn).toEqual([{ path: target, isRead: false }]);
  });

  test("Connect with GET", async () => {
    const { url, handedOn, taken } = await start(true);
    const response = await fetch(`${url}${path}?connect=v1&encoding=json&message=%7B%7D`);
    expect(await response.json()).toEqual({ feature: {} });
    expect(taken).toEqual([]);
    expect(handedOn).toEqual([{ path, isRead: false }]);
  });
});
