import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";

const origin = "https://console.example";

test("a web page of an admitted origin may read answers, and what varies by origin says so", async () => {
  const { url } = await startApp({ corsOrigins: [origin], demo: true });
  // Long enough to be compressed, which varies too.
  const answer = await fetch(`${url}/api/v1/org-feature-flags?limit=100`, { headers: { origin } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
  expect(answer.headers.get("vary")).toBe("Origin, Accept-Encoding");
});

test("a web page of another origin may not", async () => {
  const { url } = await startApp({ corsOrigins: [origin] });
  const answer = await fetch(`${url}/api/v1/org-feature-flags`, { headers: { origin: "https://evil.example" } });
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test.for([
  ["/api/v1/org-feature-flags/acme", "PUT", "content-type,orgflags-actor"],
  [
    "/orgflags.v1.OrgFeatureFlagService/CheckOrgFeatureFlag",
    "POST",
    "content-type,connect-protocol-version,x-grpc-web",
  ],
] as const)("the preflight of %s lets a %s through", async ([path, method, headers]) => {
  const { url } = await startApp();
  const answer = await fetch(url + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
  });
  expect(answer.status).toBe(204);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(answer.headers.get("access-control-allow-methods")).toContain(method);
  const allowed = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
  expect(allowed).toEqual(expect.arrayContaining(headers.split(",")));
});
