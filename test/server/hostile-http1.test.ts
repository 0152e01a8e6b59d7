import { describe, expect, test } from "vitest";
import type { Request, Response } from "../../src/server/exchange.ts";
import { createGate } from "./gate.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const get = "GET /a HTTP/1.1\r\nHost: x\r\n";
const post = "POST /orgflags.v1.FeatureService/GetFeature HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const close = "Connection: close\r\n";

async function isAlive(url: string): Promise<boolean> {
  return (await fetch(`${url}/healthz`)).ok;
}

describe("the answer is right, and the connection closes", () => {
  test.each([
    ["TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400, 3],
    ["line noise", "\0\xff\r\n\r\n", 400, 3],
    ["a method in lower case", "get /a HTTP/1.1\r\nHost: x\r\n\r\n", 400, 3],
    ["HTTP/0.9", "GET /a\r\n\r\n", 400, 3],
    ["HTTP/3", "GET /a HTTP/3.0\r\nHost: x\r\n\r\n", 400, 3],
    ["a NUL in a header", `${get}A: b\0c\r\n\r\n`, 400, 3],
    ["two ways to tell the length", `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 3],
    ["a negative length", `${post}Content-Length: -1\r\n\r\n`, 400, 3],
    ["a chunk without a size", `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 3],
    ["CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, 12],
    ["a large header", `${get}A: ${"a".repeat(1_000_000)}\r\n\r\n`, 431, 8],
    ["many headers", `${get}${"a: b\r\n".repeat(10_000)}\r\n`, 431, 8],
    ["a long target", `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 8],
    ["an unknown expectation", `${get}Expect: 200-ok\r\n${close}\r\n`, 417, 3],
  ])("for %s", async (_name, bytes, status, code) => {
    const { port, url } = await startServer();
    const connection = await connectRaw(port, bytes);
    const [head = "", body = ""] = (await connection.closed()).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\r\nConnection: close(\r\n|$)`, "s"));
    expect(JSON.parse(body)).toMatchObject({ code, message: expect.any(String), details: [] });
    expect(await isAlive(url)).toBe(true);
  });
});

describe("the request is served as if nothing was", () => {
  test.each([
    [
      "an upgrade to h2c",
      `${get}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      "REST GET /a",
    ],
    ["an upgrade to WebSocket", `${get}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`, "REST GET /a"],
    ["100-continue", `${post}Expect: 100-continue\r\nContent-Length: 2\r\n${close}\r\n{}`, '{"feature":{}}'],
    [
      "headers named like properties",
      `${post}__proto__: a\r\nconstructor: b\r\nContent-Length: 2\r\n${close}\r\n{}`,
      '{"feature":{}}',
    ],
    [
      "a deadline that lies years away",
      `${post}Connect-Timeout-Ms: 9999999999\r\nContent-Length: 2\r\n${close}\r\n{}`,
      '{"feature":{}}',
    ],
  ])("with %s", async (_name, bytes, body) => {
    const { port } = await startServer();
    const connection = await connectRaw(port, bytes);
    expect(await connection.closed()).toMatch(new RegExp(`\r\n\r\n${RegExp.escape(body)}$`));
  });

  test("when it is pipelined", async () => {
    const { port } = await startServer();
    const requests = ["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n`);
    const connection = await connectRaw(port, `${requests.join("\r\n")}${close}\r\n`);
    expect((await connection.closed()).match(/REST GET \/\d/g)).toEqual(["REST GET /1", "REST GET /2", "REST GET /3"]);
  });

  test.each([
    ["no HTTP", "\x01garbage\r\n\r\n"],
    ["a head that is too large", `GET /b HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(20_000)}\r\n\r\n`],
    ["CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"],
  ])("before %s comes on the same connection", async (_name, bytes) => {
    const { port } = await startServer();
    const connection = await connectRaw(port, `${get}\r\n${bytes}`);
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*REST GET \/a/s);
  });

  test("before what is not safe to overtake it begins", async () => {
    const begun: string[] = [];
    const transcoder = {
      handle({ method = "" }: Request, response: Response) {
        begun.push(method);
        response.end();
      },
    };
    const { port } = await startServer({ transcoder });
    const put = `PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n${close}\r\n`;
    const connection = await connectRaw(port, `${get}\r\n${put}`);
    await connection.closed();
    expect(begun).toEqual(["GET", "PUT"]);
  });
});

describe("a client that is slow", () => {
  const limits = { headersTimeoutMs: 50, requestTimeoutMs: 60 };

  test.each([
    ["in its first line", "GET /a HT"],
    ["in its headers", get],
    ["in its body", `${post}Content-Length: 2\r\n\r\n{`],
  ])("%s is answered 408", async (_name, bytes) => {
    const { port } = await startServer({ limits });
    const connection = await connectRaw(port, bytes);
    const answer = await connection.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('{"code":4,"message":"the request took too long to arrive","details":[]}');
  });

  test("to send its next request is let go", async () => {
    const { port } = await startServer({ limits: { idleTimeoutMs: 1 } });
    const connection = await connectRaw(port, `${get}\r\n`);
    expect(await connection.closed()).toMatch(/REST GET \/a$/);
  });
});

describe("a client that leaves", () => {
  test.each([
    ["in its headers", get],
    ["in its body", `${post}Content-Length: 1000\r\n\r\n{`],
    ["in its chunked body", `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{`],
  ])("%s leaves nothing behind", async (_name, bytes) => {
    const { port, url, server } = await startServer();
    const connection = await connectRaw(port, bytes);
    connection.socket.resetAndDestroy();
    await connection.closed();
    expect(await isAlive(url)).toBe(true);
    expect(await server.drain(10_000)).toBe(true);
  });

  test("before it is answered leaves nothing behind", async () => {
    const gate = createGate();
    const { port, url, server } = await startServer({ service: gate.service });
    const connection = await connectRaw(port, `${post.replace("Get", "Delete")}Content-Length: 2\r\n\r\n{}`);
    await gate.waiting(1);
    connection.socket.resetAndDestroy();
    await connection.closed();
    gate.open();
    expect(await isAlive(url)).toBe(true);
    expect(await server.drain(10_000)).toBe(true);
  });
});

test("a body over the limit is refused, read to its end, and the next request is answered", async () => {
  const { port } = await startServer();
  const size = 2 * 1024 * 1024;
  const connection = await connectRaw(port, `${post}Content-Length: ${size}\r\n\r\n`);
  connection.socket.write("x".repeat(size));
  connection.socket.write(`${get}${close}\r\n`);
  const answer = await connection.closed();
  expect(answer).toMatch(/^HTTP\/1\.1 429 .*"resource_exhausted".*REST GET \/a$/s);
});
