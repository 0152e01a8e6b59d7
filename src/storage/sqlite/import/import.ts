import type Database from "better-sqlite3";
import type { FeatureState } from "../../../domain/feature.ts";
import type { OverrideState } from "../../../domain/override.ts";
import type { Difference, Import, ImportMode, ImportScope, UnknownFeature } from "../../import.ts";
import { StoreOpenError } from "../../store.ts";
import { connect, openError, openForReading, prepareFile, readError } from "../connection.ts";
import { momentOf } from "../moment.ts";
import { requireLatest } from "../snapshot.ts";
import { Comparison } from "./comparison.ts";
import { ImportWrites } from "./import-writes.ts";
import { Wanted } from "./wanted.ts";

// What a transaction changes is written more than once where it does not fit.
const cacheKiB = 131_072;

/**
 * Opens a database for an import, or for a look at what one would change, which changes nothing. Throws StoreOpenError,
 * and for a look Refused where the database is of an older version; an import makes or updates it.
 */
export function openImport(file: string, look: boolean, clock: () => number): Import {
  try {
    if (!look) {
      prepareFile(file, clock());
    }
    const db = look ? openForReading(file) : connect(file);
    try {
      requireLatest(db, file);
      return new SqliteImport(db, file, clock);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw look ? readError(file, error) : openError(file, error);
  }
}

class SqliteImport implements Import {
  readonly #db: Database.Database;
  readonly #file: string;
  readonly #clock: () => number;
  readonly #wanted: Wanted;

  constructor(db: Database.Database, file: string, clock: () => number) {
    this.#db = db;
    this.#file = file;
    this.#clock = clock;
    this.#wanted = new Wanted(db);
    db.pragma(`cache_size = -${cacheKiB}`);
    // One for all that is gathered; the database itself is not locked by it.
    db.exec("BEGIN");
  }

  addFeature(line: number, featureKey: string, state: FeatureState): number | undefined {
    return this.#wanted.addFeature(line, featureKey, state);
  }

  addOverride(line: number, orgId: string, featureKey: string, state: OverrideState): number | undefined {
    return this.#wanted.addOverride(line, orgId, featureKey, state);
  }

  unknownFeatures(scope: ImportScope): readonly UnknownFeature[] {
    return this.#wanted.unknownFeatures(scope);
  }

  *differences(scope: ImportScope): Generator<Difference> {
    this.#endGathering();
    const comparison = new Comparison(this.#db, scope);
    this.#db.exec("BEGIN");
    try {
      yield* comparison.features();
      yield* comparison.overrides();
    } finally {
      this.#db.exec("COMMIT");
    }
  }

  async apply(scope: ImportScope, mode: ImportMode, onChange: (difference: Difference) => void): Promise<void> {
    try {
      this.#endGathering();
      const writes = new ImportWrites(this.#db, { wanted: this.#wanted, scope, mode, onChange });
      // Compared without keeping others from writing: only what differs is looked at again when nobody else can write.
      const hasDifferences = momentOf(this.#db)(() => writes.compare());
      for (let isMore = hasDifferences; isMore; ) {
        isMore = this.#db.transaction(() => writes.writeSome(this.#clock())).immediate();
        await (isMore ? mode.pause() : undefined);
      }
    } catch (error) {
      throw writeError(this.#file, error);
    }
  }

  close(): void {
    this.#db.close();
  }

  #endGathering(): void {
    if (this.#db.inTransaction) {
      this.#db.exec("COMMIT");
    }
  }
}

function writeError(file: string, error: unknown): unknown {
  const worded = openError(file, error);
  return worded instanceof StoreOpenError && worded.fault === "unwritable" && error instanceof Error
    ? new StoreOpenError("unwritable", `the database ${file} did not take the import (${error.message})`, {
        cause: error,
      })
    : worded;
}
