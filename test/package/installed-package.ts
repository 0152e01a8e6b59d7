import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { copyBuildContext } from "./build-context.ts";
import { copyRuntimeClosure } from "./runtime-closure.ts";

const root = resolve(import.meta.dirname, "../..");

/** The environment that a person's shell has: without what npm tells the scripts that it runs. */
export const shell: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|node_options$|orgflags_)/i.test(name)),
);

/**
 * Packs what the image is built of, and installs what came of it into a new folder, as a person does by `npm install
 * orgflags-VERSION.tgz`. What it depends on is there already, and no registry is asked: the lock file has all that it
 * needs. Gives the folder, which the caller removes.
 */
export function installPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "orgflags-package-"));
  const user = join(folder, "user");
  const tarballs = join(folder, "tarballs");
  const context = join(folder, "context");
  mkdirSync(tarballs);
  copyBuildContext(context);
  symlinkSync(join(root, "node_modules"), join(context, "node_modules"));
  npm(context, "pack", "--pack-destination", tarballs);
  copyRuntimeClosure(user);
  writeFileSync(join(user, "package.json"), "{}\n");
  const [tarball = ""] = readdirSync(tarballs);
  npm(user, "install", "--offline", "--cache", join(folder, "cache"), join(tarballs, tarball));
  return folder;
}

/** The files in the installed package, by their paths in it. */
export function packageFiles(folder: string): readonly string[] {
  const top = join(folder, "user/node_modules/orgflags");
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map((each) => relative(top, join(each.parentPath, each.name)));
}

function npm(cwd: string, ...args: readonly string[]): void {
  execFileSync("npm", [...args, "--no-audit", "--no-fund"], { cwd, env: shell, stdio: "pipe" });
}
