import { fstatSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import type Database from "better-sqlite3";

/** Tells whether anybody, of this process or of another, has committed to a database. */
export interface CommitSign {
  /** Looks, and says whether what is there is other than what was kept: false only if nothing was committed since. */
  hasMoved(): boolean;
  /** Keeps what `hasMoved` last saw. */
  keep(): void;
}

/**
 * Makes the sign of a database that a connection has begun to read, for as long as that connection is open. Where it
 * can, it looks at the WAL index, without a statement.
 */
export function createCommitSign(db: Database.Database): CommitSign {
  const descriptor = walIndexDescriptor(db.name);
  return descriptor === undefined ? new DataVersion(db) : new WalIndexHead(descriptor);
}

/** SQLite's own counter, which any platform has. Reading it takes and leaves two locks of the file. */
class DataVersion implements CommitSign {
  readonly #dataVersion: Database.Statement<[], number>;
  #kept = -1;
  #seen = -1;

  constructor(db: Database.Database) {
    this.#dataVersion = db.prepare<[], number>("PRAGMA data_version").pluck();
  }

  hasMoved(): boolean {
    this.#seen = this.#dataVersion.get() ?? -1;
    return this.#seen !== this.#kept;
  }

  keep(): void {
    this.#kept = this.#seen;
  }
}

// https://sqlite.org/walformat.html, 2.2: the index begins with two copies of a head of 48 bytes. A commit writes the
// second copy, then the first; its counter, and the salts and checksum of the last frame, make each head another one.
const headBytes = 48;

/**
 * The first copy of the head in the WAL index, which SQLite itself compares to find out what `PRAGMA data_version`
 * says. A commit is acknowledged after the head is whole, so a head that is still the same, or is half written, has
 * no acknowledged commit behind it; a half written one is another one, too.
 */
class WalIndexHead implements CommitSign {
  readonly #descriptor: number;
  #kept = Buffer.alloc(headBytes);
  #seen = Buffer.alloc(headBytes);

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  hasMoved(): boolean {
    const bytes = readSync(this.#descriptor, this.#seen, 0, headBytes, 0);
    return bytes !== headBytes || !this.#seen.equals(this.#kept);
  }

  keep(): void {
    [this.#kept, this.#seen] = [this.#seen, this.#kept];
  }
}

/**
 * SQLite's own descriptor of the WAL index, found among those of this process; undefined where the platform does not
 * show them. One of our own could never be closed: that would release every lock that SQLite holds on the file
 * (https://sqlite.org/howtocorrupt.html, 2.2).
 */
function walIndexDescriptor(file: string): number | undefined {
  try {
    const index = identityOf(statSync(`${realpathSync(file)}-shm`, { bigint: true }));
    return readdirSync("/proc/self/fd")
      .map(Number)
      .find((descriptor) => identityOfOpen(descriptor) === index);
  } catch {
    // No /proc, or no index where it is expected: there is another way.
    return undefined;
  }
}

function identityOfOpen(descriptor: number): string | undefined {
  try {
    return identityOf(fstatSync(descriptor, { bigint: true }));
  } catch {
    // Closed since it was listed, as the one that listed them is.
    return undefined;
  }
}

function identityOf({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev}:${ino}`;
}
