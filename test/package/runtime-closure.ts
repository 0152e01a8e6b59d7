import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A package of the lock file. */
interface Locked {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: true;
  readonly dev?: true;
  readonly devOptional?: true;
  readonly bin?: Readonly<Record<string, string>>;
}

// As npm writes it.
const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** The packages that the lock file has for running, by their folder (`node_modules/NAME`). */
export const runtimeClosure: ReadonlyMap<string, Locked> = new Map(
  Object.entries(lock.packages).filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional),
);

/** Puts the packages for running into a folder as they are installed here, so that npm needs no registry there. */
export function copyRuntimeClosure(folder: string): void {
  const links = join(folder, "node_modules/.bin");
  mkdirSync(links, { recursive: true });
  for (const [path, { bin = {} }] of runtimeClosure) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
    for (const [name, file] of Object.entries(bin)) {
      symlinkSync(join("../..", path, file), join(links, name));
    }
  }
}
