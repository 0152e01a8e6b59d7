import { type IncomingHttpHeaders, request as sendRequest } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startServer } from "./test-server.ts";

const apiDocument = '{"openapi":"3.1.1"}';
const pages = [
  ["/openapi.json", "application/json"],
  ["/docs", "text/html; charset=utf-8"],
  ["/docs/page.css", "text/css; charset=utf-8"],
  ["/docs/page.js", "text/javascript; charset=utf-8"],
  ["/docs/swagger-ui.css", "text/css; charset=utf-8"],
  ["/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
] as const;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path byte for byte, which `fetch` would tidy up. */
function send(port: number, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = sendRequest({ port, method, path, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    });
    request.once("error", reject);
    request.end();
  });
}

test.for(pages)("%s is %s, and is asked for again each time", async ([path, type]) => {
  const { port } = await startServer({ apiDocument });
  const { status, headers, body } = await send(port, "GET", path);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "content-type": type,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    vary: "Accept-Encoding",
  });
  expect(await send(port, "HEAD", path)).toMatchObject({ status: 200, body: "", headers: { etag: headers.etag } });
});

test.for(["identity", "gzip", "br", "deflate"])(
  "a client that takes %s and has the page gets a 304",
  async (coding) => {
    const { port } = await startServer({ apiDocument });
    const asked = { "accept-encoding": coding };
    const { headers } = await send(port, "GET", "/docs/swagger-ui.css", asked);
    expect(headers["content-encoding"] ?? "identity").toBe(coding);
    const again = await send(port, "GET", "/docs/swagger-ui.css", { ...asked, "if-none-match": String(headers.etag) });
    expect(again).toMatchObject({ status: 304, body: "", headers: { etag: headers.etag } });
    const other = await send(port, "GET", "/docs/swagger-ui.css", { ...asked, "if-none-match": '"other"' });
    expect(other.status).toBe(200);
  },
);

test("encodings have entity tags of their own", async () => {
  const { port } = await startServer({ apiDocument });
  const answers = await Promise.all(
    ["identity", "gzip", "br"].map((coding) => send(port, "GET", "/docs", { "accept-encoding": coding })),
  );
  expect(new Set(answers.map(({ headers }) => headers.etag)).size).toBe(3);
});

test("other methods are 405, and OPTIONS says which there are", async () => {
  const { port } = await startServer({ apiDocument });
  const refused = await send(port, "POST", "/docs");
  expect(refused).toMatchObject({ status: 405, headers: { allow: "GET, HEAD, OPTIONS" } });
  expect(JSON.parse(refused.body)).toMatchObject({ code: 12 });
  expect(await send(port, "OPTIONS", "/openapi.json")).toMatchObject({
    status: 204,
    headers: { allow: "GET, HEAD, OPTIONS" },
  });
});

test.for([
  "/docs/",
  "/docs/package.json",
  "/docs/../package.json",
  "/docs/%2e%2e/package.json",
  "/docs/..%2fpackage.json",
  "/docs//page.js",
  "/docs/page.js/",
  "/docs/page.js%00",
  "/DOCS",
  "/openapi.json/",
])("%s is no page, but a path like any other", async (path) => {
  const { port } = await startServer({ apiDocument });
  expect((await send(port, "GET", path)).body).toBe(`REST GET ${path}`);
});

test("the page may load from its own server alone, and stand in no frame", async () => {
  const { port } = await startServer({ apiDocument });
  const { headers } = await send(port, "GET", "/docs");
  const policy = headers["content-security-policy"];
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
  });
  expect(policy).not.toContain("unsafe");
});

test("the page names nothing outside", async () => {
  const { port } = await startServer({ apiDocument });
  const { body } = await send(port, "GET", "/docs");
  expect([...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target)).toEqual([
    "data:,",
    "docs/swagger-ui.css",
    "docs/page.css",
    "docs/swagger-ui-bundle.js",
    "docs/page.js",
    "openapi.json",
  ]);
});

test("origins that may call are named beside the encodings that the answer varies with", async () => {
  const { port } = await startServer({ apiDocument, corsOrigins: ["https://app.example.com"] });
  const { headers } = await send(port, "GET", "/openapi.json", { origin: "https://app.example.com" });
  expect(headers["access-control-allow-origin"]).toBe("https://app.example.com");
  expect(headers.vary).toBe("Origin, Accept-Encoding");
});

test("without a document there are no pages", async () => {
  const { port } = await startServer();
  expect((await send(port, "GET", "/docs")).body).toBe("REST GET /docs");
});
