import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { allMetrics } from "../observability/all-metrics.ts";

const docs = resolve(import.meta.dirname, "../../docs");
const page = readFileSync(join(docs, "observability.md"), "utf8");

/** The metrics that the page lists, with their types. */
function listed(): Map<string, string> {
  const rows = [...page.matchAll(/^\| (`[a-z].*?) \| (counter|gauge|histogram)[ |,]/gm)];
  return new Map(
    rows.flatMap(([, names = "", type = ""]) => names.split(", ").map((name) => [name.slice(1, -1), type])),
  );
}

test("docs/observability.md lists every metric that there is, each by its type, and no other", async () => {
  expect(Object.fromEntries(listed())).toEqual(Object.fromEntries(await allMetrics()));
});
