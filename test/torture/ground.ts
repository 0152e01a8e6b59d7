import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "./random.ts";

/** Where one torture takes place: its chance, its folders, and what is to be undone when it is over. */
export class Ground {
  readonly random: Random;
  /** Says how far it is, in one line. */
  readonly say: (line: string) => void;
  readonly #undo: (() => unknown)[] = [];

  constructor(seed: number, say: (line: string) => void = () => {}) {
    this.random = new Random(seed);
    this.say = say;
  }

  /** Makes a folder that is gone when the torture is over. */
  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "orgflags-torture-"));
    this.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Has something done when the torture is over, the last first. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  /** Undoes all. */
  async clear(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      await undo();
    }
  }
}
