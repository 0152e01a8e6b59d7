import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "docs/openfeature");
const page = (name: string) => readFileSync(join(folder, name), "utf8");
const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const pages = ["web", "react", "node", "go", "java", "python", "dotnet"].map((name) => `${name}.md`);

test("there is a page for each SDK, and the overview leads to it", () => {
  expect(readdirSync(folder).sort()).toEqual(["README.md", ...pages].sort());
  for (const name of pages) {
    expect(page("README.md")).toContain(`](${name})`);
  }
});

test.for(pages)("%s says its options, what updates live, and what was run here", (name) => {
  expect(page(name)).toMatch(/^# OpenFeature in /);
  expect(page(name)).toMatch(/\*\*Live\*\*/);
  expect(page(name)).toMatch(/^## Run here\n\n\S/m);
});

test.for([
  ["web.md", ["ofrep-web-provider", "flagd-web-provider", "web-sdk"]],
  ["node.md", ["ofrep-provider", "flagd-provider", "server-sdk"]],
] as const)("%s names the versions that are run", ([name, packages]) => {
  const text = page(name).replaceAll(/\s+/g, " ");
  for (const each of packages) {
    const version = devDependencies[`@openfeature/${each}`];
    expect(version).toBeDefined();
    expect(text).toContain(`\`@openfeature/${each}\` ${version}`);
  }
});
