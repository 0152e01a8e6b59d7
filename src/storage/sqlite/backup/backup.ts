import { existsSync, statSync } from "node:fs";
import { Refused } from "../../refused.ts";
import { StoreOpenError } from "../../store.ts";
import { reading, writing } from "./file-error.ts";
import { followedPath } from "./followed-path.ts";
import { isSameFile } from "./same-file.ts";
import { SoundCopy } from "./sound-copy.ts";

// What SQLite keeps beside a database, by the end of the name.
const companions = ["-wal", "-shm", "-journal"];

/**
 * Begins a backup of a database to another file, or to what a link leads to, which must not be there unless it is to be
 * replaced; throws Refused or StoreOpenError. It is over when it is made and committed.
 */
export function beginBackup(file: string, target: string, replaced: boolean): SoundCopy {
  const like = reading(file, () => statSync(file, { throwIfNoEntry: false }));
  if (like === undefined) {
    throw new StoreOpenError("unwritable", `the database ${file} can't be read (no such file)`);
  }
  return writing(target, () => {
    const place = followedPath(target);
    requireFree(followedPath(file), place, replaced);
    return SoundCopy.begin(file, place, like);
  });
}

function requireFree(file: string, target: string, replaced: boolean): void {
  if (["", ...companions].some((end) => isSameFile(file + end, target))) {
    throw new Refused(`${target} is the database itself; name another file`);
  }
  const there = statSync(target, { throwIfNoEntry: false });
  if (there?.isDirectory()) {
    throw new Refused(`${target} is a folder; name a file in it`);
  }
  if (there !== undefined && !replaced) {
    throw new Refused(`${target} is there already; name another file, or use --force to replace it`);
  }
  const companion = companions.map((end) => target + end).find((path) => existsSync(path));
  if (companion !== undefined) {
    throw new Refused(
      `${companion} is there: ${target} is a database that is in use, or was not closed; name another file`,
    );
  }
}
