import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Seed, seedDatabase } from "./seed.ts";

/** The folder of one run. */
export class Workspace {
  readonly #folder: string;
  readonly #seeded = new Map<string, string>();
  #count = 0;

  /** Makes a folder inside the given one, by default that of the system for temporary files. */
  constructor(parent = tmpdir()) {
    this.#folder = mkdtempSync(join(parent, "orgflags-bench-"));
  }

  /** The folder in which the databases are. */
  get folder(): string {
    return this.#folder;
  }

  /** The path of a database that does not exist yet. */
  newFile(): string {
    this.#count++;
    return join(this.#folder, `${this.#count}.db`);
  }

  /** The path of a new database with that in it; for a subject that writes. */
  newSeeded(seed: Seed): string {
    const file = this.newFile();
    seedDatabase(file, seed);
    return file;
  }

  /** The path of a database with that in it, made once; for subjects that do not write. */
  seeded(seed: Seed): string {
    const key = JSON.stringify(seed);
    const file = this.#seeded.get(key) ?? this.newSeeded(seed);
    this.#seeded.set(key, file);
    return file;
  }

  /** Removes the folder with everything in it. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
