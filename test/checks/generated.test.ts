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
  ["buf.gen.yaml", "gen"],
  ["test/buf.gen.yaml", "test/gen"],
])("what %s generates is what stands in %s", { timeout: 60_000 }, ([template = "", folder = ""]) => {
  const out = temporaryFolder();
  execFileSync("buf", ["generate", "--template", template, "-o", out], { cwd: root, stdio: "pipe" });
  const generated = contents(join(out, folder));
  expect(generated.size).toBeGreaterThan(0);
  expect(contents(join(root, folder))).toEqual(generated);
});
