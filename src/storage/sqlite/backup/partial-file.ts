import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { Refused } from "../../refused.ts";
import { StoreOpenError } from "../../store.ts";

/** A file that is written beside the one which it becomes, and becomes it when it is whole and on disk. */
export class PartialFile {
  readonly path: string;
  readonly #target: string;
  readonly #descriptor: number;

  private constructor(target: string, descriptor: number) {
    this.path = partialOf(target);
    this.#target = target;
    this.#descriptor = descriptor;
  }

  /**
   * Makes the file, empty, with the permissions and as far as possible the owner of another one; throws Refused where
   * one is there already, unless it is to be `replaced`, and StoreOpenError where it can't be made.
   */
  static create(target: string, like: Stats, replaced: boolean): PartialFile {
    const path = partialOf(target);
    if (replaced) {
      rmSync(path, { force: true });
    }
    try {
      const file = new PartialFile(target, openSync(path, "wx", 0o600));
      file.#resemble(like);
      return file;
    } catch (error) {
      throw creationError(target, path, error);
    }
  }

  /** Puts the file in its place, once it is on disk. */
  commit(): void {
    fsyncSync(this.#descriptor);
    if (statSync(this.path).ino !== fstatSync(this.#descriptor).ino) {
      throw new Refused(`${this.path} is no longer the file that was written; is there another one writing it?`);
    }
    renameSync(this.path, this.#target);
    syncFolder(dirname(resolve(this.#target)));
    closeSync(this.#descriptor);
  }

  /** Removes the file. */
  discard(): void {
    rmSync(this.path, { force: true });
    closeSync(this.#descriptor);
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

function partialOf(target: string): string {
  return `${target}.partial`;
}

function creationError(target: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) {
    return error;
  }
  if (error.code === "EEXIST") {
    return new Refused(`${path} is there: somebody is writing it, or was ended at that; remove it, or use --force`);
  }
  const folder = dirname(resolve(target));
  const why = existsSync(folder) ? error.message : `there is no folder ${folder}`;
  return new StoreOpenError("unwritable", `${target} can't be written (${why})`, { cause: error });
}
