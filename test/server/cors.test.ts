import { cors as connect } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createCors } from "../../src/server/cors.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const rest = "/api/v1/features";
const rpc = "/orgflags.v1.FeatureService/CreateFeature";
const web = "https://app.example.com";

/** Sends a request as a browser would, with headers that `fetch` would not let through, and parses the answer's head. */
async function send(port: number, method: string, path: string, headers: Readonly<Record<string, string>>) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const connection = await connectRaw(
    port,
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join("")}\r\n`,
  );
  const [head = ""] = (await connection.closed()).split("\r\n\r\n");
  const [statusLine = "", ...fields] = head.split("\r\n");
  const parsed = new Headers(
    fields.map((field): [string, string] => [
      field.slice(0, field.indexOf(":")),
      field.slice(field.indexOf(":") + 1).trim(),
    ]),
  );
  return { status: Number(statusLine.split(" ")[1]), headers: parsed };
}

describe("a preflight", () => {
  test.each([
    ["REST", rest, "PATCH", "content-type,orgflags-actor,orgflags-reason"],
    ["REST with a condition", rest, "GET", "if-none-match,orgflags-min-revision"],
    ["a write with a condition", rest, "PATCH", "if-match,orgflags-if-revision"],
    ["a stream that goes on", rest, "GET", "last-event-id"],
    ["Connect", rpc, "POST", "connect-protocol-version,connect-timeout-ms,content-type"],
    ["gRPC-Web", rpc, "POST", "content-type,grpc-timeout,x-grpc-web,x-user-agent"],
    ["a credential", rest, "DELETE", "authorization,idempotency-key"],
  ])("of %s is granted", async (_name, path, method, asked) => {
    const { port } = await startServer();
    const { status, headers } = await send(port, "OPTIONS", path, {
      origin: web,
      "access-control-request-method": method,
      "access-control-request-headers": asked,
    });
    const allowed = headers.get("access-control-allow-headers")?.toLowerCase().split(", ") ?? [];
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")?.split(", ")).toContain(method);
    expect(allowed).toEqual(expect.arrayContaining(asked.split(",")));
    expect(headers.get("access-control-max-age")).toBe("7200");
  });

  test("from an origin that is not listed is not granted", async () => {
    const { port } = await startServer({ corsOrigins: ["https://other.example.com"] });
    const { status, headers } = await send(port, "OPTIONS", rest, {
      origin: web,
      "access-control-request-method": "GET",
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("access-control-allow-methods")).toBeNull();
    expect(headers.get("vary")).toBe("Origin");
  });

  test("is not every OPTIONS", async () => {
    const { port } = await startServer();
    const { status } = await send(port, "OPTIONS", rest, { origin: web });
    expect(status).toBe(200);
  });
});

describe("an answer", () => {
  test.each([
    ["any origin, asked by a page", ["*"], "GET", web, "*", null],
    ["any origin, asked by a page's write", ["*"], "POST", web, "*", null],
    ["any origin, cacheable", ["*"], "GET", undefined, "*", null],
    ["any origin, not cacheable", ["*"], "POST", undefined, null, null],
    ["a listed origin", [web], "GET", web, web, "Origin"],
    ["a second listed origin", ["http://localhost:5173", web], "GET", web, web, "Origin"],
    ["an origin that is not listed", [web], "GET", "https://evil.example.com", null, "Origin"],
    ["no origin where some are listed", [web], "GET", undefined, null, "Origin"],
    ["no origin allowed at all", [], "GET", web, null, "Origin"],
  ])("with %s", async (_name, corsOrigins, method, origin, allowed, vary) => {
    const { port } = await startServer({ corsOrigins });
    const { headers } = await send(port, method, rest, origin === undefined ? {} : { origin });
    expect(headers.get("access-control-allow-origin")).toBe(allowed);
    expect(headers.get("vary")).toBe(vary);
  });

  test.each([rest, rpc, "/healthz"])("of %s shows pages what they need", async (path) => {
    const { port } = await startServer();
    const { headers } = await send(port, "GET", path, { origin: web });
    const exposed = headers.get("access-control-expose-headers")?.split(", ") ?? [];
    const own = ["allow", "etag", "location", "orgflags-revision", "retry-after"];
    expect(exposed).toEqual(expect.arrayContaining([...connect.exposedHeaders, ...own]));
  });
});

test.each([
  "",
  "app.example.com",
  "https://app.example.com/",
  "https://app.example.com/a",
  "null",
  "HTTPS://a",
  "https://*",
])("%j is refused as an origin when the server is made", (origin) => {
  expect(() => createCors([origin])).toThrow(TypeError);
});
