import { describe, expect, test } from "vitest";
import { isAuthority } from "../../src/server/host.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

describe("an authority", () => {
  test.each([
    "localhost",
    "flags.example.com",
    "flags.example.com.",
    "flags.example.com:8080",
    "flags.example.com:",
    "127.0.0.1:1",
    "[::1]",
    "[::ffff:127.0.0.1]:65535",
    "my_service-1:80",
    "a%41b",
  ])("may be %s", (text) => {
    expect(isAuthority(text)).toBe(true);
  });

  test.each([
    "",
    ":80",
    "[",
    "[]",
    "[::1",
    "[::1]x",
    "[fe80::1%25eth0]",
    "[v1.a]",
    "::1",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "user@host",
    "host:65536",
    "host:-1",
    "host:1:2",
    "1.2.3.999",
    "%",
    "a%zz",
    "a%00b",
    "a%2fb",
    "bücher.example",
    "<a>",
  ])("may not be %j", (text) => {
    expect(isAuthority(text)).toBe(false);
  });
});

const rpc = "/orgflags.v1.FeatureService/GetFeature";
const json = "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

describe("over HTTP/1", () => {
  test.each([
    ["HTTP/1.1 without Host", "GET /a HTTP/1.1\r\n\r\n", 400, "the Host header is missing"],
    ["a malformed Host", "GET /a HTTP/1.1\r\nHost: [\r\n\r\n", 400, "the host must be a name or an address"],
    ["a malformed Host of a procedure", `POST ${rpc} HTTP/1.1\r\nHost: [\r\n${json}`, 400, "the host must be"],
    ["a repeated Host", "GET /a HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400, "must not be repeated"],
    ["HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", 200, "REST GET /a"],
    ["a probe by HTTP/1.0 without Host", "GET /healthz HTTP/1.0\r\n\r\n", 200, '{"status":"ok"}'],
    ["a procedure by HTTP/1.0 without Host", `POST ${rpc} HTTP/1.0\r\n${json}`, 400, "must name the host"],
    ["a procedure by HTTP/1.0 with Host", `POST ${rpc} HTTP/1.0\r\nHost: x\r\n${json}`, 200, '{"feature":{}}'],
    ["an empty Host", "GET /a HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 200, "REST GET /a"],
    ["a procedure with an empty Host", `POST ${rpc} HTTP/1.1\r\nHost:\r\n${json}`, 400, "must name the host"],
    ["absolute form", "GET http://y/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200, "REST GET /a?b"],
    [
      "absolute form without path",
      "GET HTTP://y?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      200,
      "REST GET /?b",
    ],
    ["a procedure in absolute form", `POST http://y${rpc} HTTP/1.1\r\nHost: x\r\n${json}`, 200, '{"feature":{}}'],
    ["absolute form without Host", "GET http://y/a HTTP/1.1\r\n\r\n", 400, "the Host header is missing"],
    ["absolute form with a malformed host", "GET http://[/a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "the request target"],
    ["another scheme", "GET ftp://y/a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "the request target"],
    ["a path that no URL can have", "GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200, "REST GET //["],
    ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200, "REST OPTIONS *"],
    ["GET *", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "the request target"],
  ])("%s", async (_name, bytes, status, text) => {
    const { port } = await startServer();
    const connection = await connectRaw(port, bytes);
    const answer = await connection.closed();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(text);
  });
});
