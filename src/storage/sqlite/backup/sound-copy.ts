import { once } from "node:events";
import type { Stats } from "node:fs";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreOpenError } from "../../store.ts";
import type { Contents, Verification } from "../verify/verification.ts";
import type { CopyResult, CopyThreadData } from "./copy-thread.ts";
import { removeLeftovers } from "./leftovers.ts";
import { PartialFile } from "./partial-file.ts";

// Compiled, it ends otherwise.
const copyThread = new URL(`./copy-thread${extname(import.meta.url)}`, import.meta.url);

/** A copy of a database that is under way to a file. */
export class SoundCopy {
  readonly #source: string;
  readonly #file: PartialFile;

  private constructor(source: string, file: PartialFile) {
    this.#source = source;
    this.#file = file;
  }

  /** Makes the file, in the place of those that were left over; see PartialFile.create. */
  static begin(source: string, target: string, like: Stats): SoundCopy {
    const copy = new SoundCopy(source, PartialFile.create(target, like));
    removeLeftovers(target, source);
    return copy;
  }

  /** Copies the database and verifies the copy; rejects with StoreOpenError where either can't be, or it is damaged. */
  async make(): Promise<Contents> {
    const workerData: CopyThreadData = { source: this.#source, target: this.#file.path };
    const thread = new Worker(copyThread, { workerData });
    // The thread sends CopyResult, once.
    const [result] = (await once(thread, "message")) as [CopyResult];
    if (result.kind === "fault") {
      throw new StoreOpenError(result.fault, result.message);
    }
    return soundContents(this.#source, result.verification);
  }

  /** Puts the copy in its place, once it is on disk; see PartialFile.commit. */
  commit(replaced: boolean): void {
    this.#file.commit(replaced);
  }

  /** Removes what there is of the copy. */
  discard(): void {
    this.#file.discard();
  }
}

function soundContents(source: string, { findings, total, contents }: Verification): Contents {
  const [first] = findings;
  if (first !== undefined || contents === undefined) {
    const more = total > 1 ? ` (and ${total - 1} more)` : "";
    throw new StoreOpenError("damaged", `the database ${source} is damaged: ${first}${more}`);
  }
  return contents;
}
