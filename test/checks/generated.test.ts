import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

const root = resolve(import.meta.dirname, "../..");

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}

test.for([
  { folder: "gen", templates: ["buf.gen.yaml", "buf.gen.openapi.yaml"] },
  { folder: "test/gen", templates: ["test/buf.gen.yaml"] },
])("what $templates generate is what stands in $folder", { timeout: 60_000 }, ({ folder, templates }) => {
  const out = temporaryFolder();
  for (const template of templates) {
    execFileSync("buf", ["generate", "--template", template, "-o", out], { cwd: root, stdio: "pipe" });
  }
  const generated = contents(join(out, folder));
  expect(generated.size).toBeGreaterThan(0);
  expect(contents(join(root, folder))).toEqual(generated);
});
