import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { OpenApiDocument } from "../../../src/transcoding/openapi/document.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Runs the plugin on the protos of the tests; resolves with the document, or with what it complains of. */
function generate(...opt: readonly string[]): { document: () => OpenApiDocument; complaint: string } {
  const out = temporaryFolder();
  const plugin = {
    local: ["node", "src/transcoding/openapi/protoc-gen-openapi.ts"],
    out: ".",
    strategy: "all",
    opt: ["target=ts", ...opt],
  };
  const inputs = [{ directory: ".", paths: ["test/vectors/kinds.proto", "test/vectors/library.proto"] }];
  const template = JSON.stringify({ version: "v2", inputs, plugins: [plugin] });
  const { stderr } = spawnSync("buf", ["generate", "--template", template, "-o", out], { cwd: root, encoding: "utf8" });
  return { document: () => JSON.parse(readFileSync(join(out, "openapi.json"), "utf8")), complaint: stderr };
}

test("the document has the options, the comments and all services", () => {
  const { document } = generate("title=Library", "version=v1", "summary=Books", "license=MIT");
  const { info, tags } = document();
  const license = { name: "MIT", identifier: "MIT" };
  expect(info).toEqual({ title: "Library", version: "v1", summary: "Books", license });
  expect(tags).toEqual([
    {
      name: "KindsService",
      description: "Every method takes and returns Kinds: a test's handler answers with the message that it was given.",
    },
    { name: "LibraryService" },
  ]);
});

test("services come in the order in which they are named", () => {
  const services = ["service=library.v1.LibraryService", "service=vectors.v1.KindsService"];
  const { tags } = generate("title=t", "version=v1", ...services).document();
  expect(tags.map(({ name }) => name)).toEqual(["LibraryService", "KindsService"]);
});

test.for([
  [["title=t"], "the options title and version are needed"],
  [
    ["title=t", "version=v1", "colour=red"],
    'unknown option "colour"; use title, version, summary, license, security, service',
  ],
  [["title=t", "version=v1", "security=basic"], 'security must be bearer; got "basic"'],
  [["title=t", "version=v1", "service=a.B"], "there is no service a.B in the files to generate"],
] as const)("the options %j are refused", ([options, complaint]) => {
  expect(generate(...options).complaint).toContain(complaint);
});
