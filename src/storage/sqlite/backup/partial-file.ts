import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { Refused } from "../../refused.ts";
import { writing } from "./file-error.ts";
import { partialName } from "./leftovers.ts";

/** A file that is written beside the one which it becomes, and becomes it when it is whole and on disk. */
export class PartialFile {
  readonly path: string;
  readonly #target: string;
  readonly #descriptor: number;

  private constructor(target: string, path: string) {
    this.path = path;
    this.#target = target;
    this.#descriptor = openSync(path, "wx", 0o600);
  }

  /**
   * Makes the file, empty, with the permissions and as far as possible the owner of another one. Its name is its own, so
   * that two of one target don't meet. Throws StoreOpenError where it can't be made.
   */
  static create(target: string, like: Stats): PartialFile {
    return writing(target, () => {
      const file = new PartialFile(target, partialName(target, randomBytes(6).toString("hex")));
      file.#resemble(like);
      return file;
    });
  }

  /**
   * Puts the file in its place, once it is on disk; throws StoreOpenError where it can't be, and Refused where another one
   * is there that is not to be `replaced`.
   */
  commit(replaced: boolean): void {
    writing(this.#target, () => {
      fsyncSync(this.#descriptor);
      if (statSync(this.path, { throwIfNoEntry: false })?.ino !== fstatSync(this.#descriptor).ino) {
        throw new Refused(`${this.path} is no longer the file that was written; try again`);
      }
      if (!replaced && this.#hasClaimed()) {
        rmSync(this.path);
      } else {
        renameSync(this.path, this.#target);
      }
      syncFolder(dirname(resolve(this.#target)));
      closeSync(this.#descriptor);
    });
  }

  /** Removes the file. */
  discard(): void {
    rmSync(this.path, { force: true });
    closeSync(this.#descriptor);
  }

  /** Gives the file the name of the target, too, unless another one got it meanwhile; false where that can't be done. */
  #hasClaimed(): boolean {
    try {
      linkSync(this.path, this.#target);
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") {
        throw new Refused(`${this.#target} is there by now; name another file, or use --force to replace it`);
      }
      // Not every file system has links.
      return false;
    }
  }

  #resemble({ mode, uid, gid }: Stats): void {
    chmodSync(this.path, mode & 0o777);
    try {
      chownSync(this.path, uid, gid);
    } catch {
      // Only root may give files away; anybody else's stay their own.
    }
  }
}

/** Writes to disk what a folder holds. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
