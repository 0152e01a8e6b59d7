import { execFileSync, spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

const root = resolve(import.meta.dirname, "../..");

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** The last commit on main before what stands here: main itself, or its parent where main is what stands here. */
function baseline(): string | undefined {
  const main = ["main", "origin/main"].find(
    (ref) => spawnSync("git", ["rev-parse", "-q", "--verify", ref], { cwd: root }).status === 0,
  );
  const isMain = main !== undefined && git("rev-parse", main) === git("rev-parse", "HEAD");
  const same = git("status", "--porcelain", "--", "proto") === "";
  const base = isMain && same ? "HEAD^" : main;
  const found = base !== undefined && spawnSync("git", ["cat-file", "-e", `${base}:proto`], { cwd: root }).status === 0;
  return found ? base : undefined;
}

/** Builds the protos of a commit, with today's protos of others. */
function image(commit: string): string {
  const folder = temporaryFolder();
  const archive = execFileSync("git", ["archive", commit, "proto", "buf.yaml"], { cwd: root });
  execFileSync("tar", ["-x", "-C", folder], { input: archive });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "image.binpb");
  execFileSync("buf", ["build", "proto", "-o", file], { cwd: folder, stdio: "pipe" });
  return file;
}

test("the contract breaks no client of the last commit on main", { timeout: 60_000 }, () => {
  const base = baseline();
  // The first commit, or a tree without history, has nothing that it could break.
  const against = base === undefined ? "proto" : image(base);
  const check = spawnSync("buf", ["breaking", "proto", "--against", against], { cwd: root, encoding: "utf8" });
  expect(check.stdout + check.stderr).toBe("");
});
