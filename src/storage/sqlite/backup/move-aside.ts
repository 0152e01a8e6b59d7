import { existsSync, linkSync, renameSync, rmSync } from "node:fs";

// What SQLite keeps beside a database that is not in it: what was committed last, or how to take back what was not.
const logs = ["-wal", "-journal"];

/**
 * Gives a database a name of its own beside the old one, and answers that; undefined where nothing is there. The file
 * itself stays under the old name, too, so that there always is one. `isOneFile` says that its logs hold nothing.
 */
export function moveAside(file: string, isOneFile: boolean, now: Date): string | undefined {
  const aside = freeName(`${file}.before-restore-${now.toISOString().replaceAll(/[-:]/g, "")}`);
  const moved = isOneFile ? [] : logs.filter((end) => existsSync(file + end));
  const isThere = existsSync(file);
  if (isThere) {
    linkOrRename(file, aside);
  }
  // A log of another database would be taken for the new one's.
  for (const end of moved) {
    renameSync(file + end, aside + end);
  }
  // The index of the log holds nothing that is not made anew.
  rmSync(`${file}-shm`, { force: true });
  return isThere || moved.length > 0 ? aside : undefined;
}

/** A name that nothing has: another restore may have been at the same time. */
function freeName(name: string): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name}-${number}`;
    if (["", ...logs].every((end) => !existsSync(free + end))) {
      return free;
    }
  }
}

function linkOrRename(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Not every file system has links.
    renameSync(from, to);
  }
}
