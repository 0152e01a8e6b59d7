import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { runtimeClosure } from "../package/runtime-closure.ts";

const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
const manifest: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [direct = "", brought = ""] = page.split("\n## ");
// Nobody who uses the service has to ask a lawyer.
const licences = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "(Apache-2.0 AND BSD-3-Clause)"];

/** The rows of a table, without its head, as texts of cells. */
function rows(markdown: string): readonly string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

function packageName(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

const closure = [...runtimeClosure].map(([path, locked]) => ({ name: packageName(path), ...locked }));

test("docs/dependencies.md lists the dependencies in their versions, each with a reason", () => {
  expect(rows(direct).map(([name, version]) => [name, version])).toEqual(Object.entries(manifest.dependencies));
  expect(rows(direct).flat()).not.toContain("");
});

test("docs/dependencies.md lists what they bring, and by which of them", () => {
  const listed = rows(brought).map(([by, name]) => `${by} brings ${name}`);
  const names = rows(brought).map(([, name]) => name);
  const own = Object.keys(manifest.dependencies);
  expect([...names].sort()).toEqual(
    [...new Set(closure.map(({ name }) => name).filter((each) => !own.includes(each)))].sort(),
  );
  const edges = closure.flatMap(({ name, dependencies = {} }) =>
    Object.keys(dependencies).map((to) => `${name} brings ${to}`),
  );
  expect(edges).toEqual(expect.arrayContaining(listed));
});

test.for(closure)(
  "the licence of $name is a permissive one, and stands in docs/dependencies.md",
  ({ name, license }) => {
    expect(licences).toContain(license);
    const licencesListed = [
      ...rows(direct).map(([each, , licence]) => [each, licence]),
      ...rows(brought).map(([, each, licence]) => [each, licence]),
    ];
    expect(licencesListed).toContainEqual([name, license]);
  },
);

test("none of them runs a script when it is installed", () => {
  expect(closure.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)).toEqual([]);
});
