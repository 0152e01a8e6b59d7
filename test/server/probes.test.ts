import { expect, test } from "vitest";
import { startServer } from "./test-server.ts";

test.each([
  ["/healthz", true, 200, { status: "ok" }],
  ["/healthz", false, 200, { status: "ok" }],
  ["/healthz?verbose", true, 200, { status: "ok" }],
  ["/readyz", true, 200, { status: "ok" }],
  ["/readyz", false, 503, { status: "unavailable" }],
])("GET %s with readiness %s is %i", async (path, isReady, status, body) => {
  const { url } = await startServer({ isReady: () => isReady });
  const response = await fetch(`${url}${path}`);
  expect(response.status).toBe(status);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual(body);
});

test("HEAD has no body", async () => {
  const { url } = await startServer();
  const response = await fetch(`${url}/readyz`, { method: "HEAD" });
  expect([response.status, await response.text()]).toEqual([200, ""]);
});

test.each([
  ["POST", 405],
  ["DELETE", 405],
  ["OPTIONS", 204],
])("%s is answered with what is allowed", async (method, status) => {
  const { url } = await startServer();
  const response = await fetch(`${url}/readyz`, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
});

test("what only begins like a probe is none", async () => {
  const { url } = await startServer();
  const response = await fetch(`${url}/healthz/deep`);
  expect(await response.text()).toBe("REST GET /healthz/deep");
});
