import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Refused } from "../../refused.ts";
import { StoreOpenError } from "../../store.ts";
import { makeFolder } from "../connection.ts";
import type { Contents } from "../verify/verification.ts";
import { reading, writing } from "./file-error.ts";
import { followedPath } from "./followed-path.ts";
import { LockedDatabase } from "./locked-database.ts";
import { moveAside } from "./move-aside.ts";
import { isSameFile } from "./same-file.ts";
import { SoundCopy } from "./sound-copy.ts";

/** A restore that is under way. */
export class Restore {
  readonly #file: string;
  readonly #copy: SoundCopy;

  private constructor(file: string, copy: SoundCopy) {
    this.#file = file;
    this.#copy = copy;
  }

  /** Begins to put a backup in the place of a database, or of what a link leads to; throws Refused where that is in use, or StoreOpenError. */
  static begin(file: string, source: string): Restore {
    const backup = reading(source, () => statSync(source, { throwIfNoEntry: false }));
    if (backup === undefined) {
      throw new StoreOpenError("unwritable", `the database ${source} can't be read (no such file)`);
    }
    return writing(file, () => Restore.#begin(followedPath(file), source, backup));
  }

  static #begin(file: string, source: string, backup: Stats): Restore {
    if (isSameFile(file, source)) {
      throw new Refused(`${source} is the database itself; name a backup of it`);
    }
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory()) {
      throw new Refused(`${file} is a folder; name a file in it`);
    }
    makeFolder(dirname(resolve(file)));
    // What is in use is refused before a copy is made, and again when it is put in its place.
    LockedDatabase.lock(file).release();
    return new Restore(file, SoundCopy.begin(source, file, there ?? backup));
  }

  /** Copies the backup beside the database and verifies the copy; see SoundCopy.make. */
  make(): Promise<Contents> {
    return this.#copy.make();
  }

  /**
   * Puts the copy in the place of the database, and answers where what was there is now; undefined where nothing was.
   * Throws Refused where the database is in use, or StoreOpenError.
   */
  commit(now: Date): string | undefined {
    const database = LockedDatabase.lock(this.#file);
    try {
      const aside = writing(this.#file, () => moveAside(this.#file, database.makeOneFile(), now));
      this.#copy.commit(true);
      return aside;
    } finally {
      // Not before: until then whoever opens the file waits, or gets the new one.
      database.release();
    }
  }

  /** Removes what there is of the copy. */
  discard(): void {
    this.#copy.discard();
  }
}
