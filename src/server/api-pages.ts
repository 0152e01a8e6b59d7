import { readFileSync } from "node:fs";
import type { PathTable } from "./path-lane.ts";
import { createStaticLanes, type Resource } from "./static-lane.ts";

// Nothing that the page does not need, and nothing from elsewhere. Images are icons of the viewer's style sheet.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

// The published package has the files of the viewer that are needed; its own package reports each installation.
const viewerFolder = import.meta.url.endsWith(".ts")
  ? new URL(".", import.meta.resolve("swagger-ui-dist/package.json"))
  : new URL("docs-page/swagger-ui/", import.meta.url);

/** Makes the lanes that serve an OpenAPI document (JSON text) at `/openapi.json`, and a page at `/docs` that shows it. */
export function createApiPages(document: string): PathTable {
  const viewer = (name: string, type: string) => load(new URL(name, viewerFolder), type);
  const own = (name: string, type: string) => load(new URL(`docs-page/${name}`, import.meta.url), type);
  return createStaticLanes(
    new Map<string, Resource>([
      ["/openapi.json", { type: "application/json", body: Buffer.from(document) }],
      ["/docs", { ...own("page.html", "text/html; charset=utf-8"), headers: pageHeaders }],
      ["/docs/page.css", own("page.css", "text/css; charset=utf-8")],
      ["/docs/page.js", own("page.js", "text/javascript; charset=utf-8")],
      ["/docs/swagger-ui.css", viewer("swagger-ui.css", "text/css; charset=utf-8")],
      ["/docs/swagger-ui-bundle.js", viewer("swagger-ui-bundle.js", "text/javascript; charset=utf-8")],
    ]),
  );
}

function load(file: URL, type: string): Resource {
  return { type, body: readFileSync(file) };
}
