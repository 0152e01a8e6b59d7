import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isSameFile } from "./same-file.ts";

// Far longer than a run writes nothing to its file: while it verifies, some seconds for a million overrides.
const oldestMs = 3_600_000;

/** The name of a file that is written beside the one which it becomes: of one run, by its `id`. */
export function partialName(target: string, id: string): string {
  return `${target}.partial-${id}`;
}

/** Removes what runs that were killed have left beside a target: nobody has written to it for an hour. Spares `source`. */
export function removeLeftovers(target: string, source: string): void {
  const folder = dirname(resolve(target));
  const name = new RegExp(`^${RegExp.escape(basename(target))}\\.partial-[0-9a-f]{12}$`);
  for (const path of readdirSync(folder)
    .filter((each) => name.test(each))
    .map((each) => join(folder, each))) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isFile() && there.mtimeMs < Date.now() - oldestMs && !isSameFile(path, source)) {
      remove(path);
    }
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is somebody else's; what was asked for does not need it gone.
  }
}
