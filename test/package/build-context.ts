import { cpSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** What of the project an image is built of: `.dockerignore` leaves out everything, and then names what counts. */
export const buildContext: readonly string[] = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));

/** Copies it into a new folder. */
export function copyBuildContext(folder: string): void {
  for (const path of buildContext) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
}
