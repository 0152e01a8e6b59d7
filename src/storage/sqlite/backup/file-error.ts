import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StoreOpenError } from "../../store.ts";

/** Does something to a file; what keeps the file system from it is thrown as StoreOpenError that names the file. */
export function writing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ofFileSystem(error) ? unwritable(file, error) : error;
  }
}

/** The same for a database that is only read. */
export function reading<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ofFileSystem(error)
      ? new StoreOpenError("unwritable", `the database ${file} can't be read (${error.message})`, { cause: error })
      : error;
  }
}

function ofFileSystem(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

function unwritable(file: string, error: Error): StoreOpenError {
  const folder = dirname(resolve(file));
  const why =
    "code" in error && error.code === "ENOENT" && !existsSync(folder) ? `there is no folder ${folder}` : error.message;
  return new StoreOpenError("unwritable", `${file} can't be written (${why})`, { cause: error });
}
