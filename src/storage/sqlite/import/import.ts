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
import { openStandIn } from "./stand-in.ts";
import { Wanted } from "./wanted.ts";

// What a transaction changes is written more than once where it does not fit.
const cacheKiB = 131_072;

/**
 * Opens a database for an import, or for a look at what one would change, which changes nothing. Throws StoreOpenError,
 * and for a look Refused where the database is of an older version; an import makes or updates it when it is applied.
 */
export function openImport(file: string, look: boolean, clock: () => number): Import {
  try {
    const standIn = look ? undefined : openStandIn(file, clock());
    const db = standIn ?? (look ? openForReading(file) : openForWriting(file, clock()));
    try {
      if (standIn === undefined) {
        requireLatest(db, file);
      }
      return new SqliteImport(db, standIn !== undefined, { file, clock });
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw look ? readError(file, error) : openError(file, error);
  }
}

function openForWriting(file: string, now: number): Database.Database {
  prepareFile(file, now);
  return connect(file);
}

class SqliteImport implements Import {
  readonly #file: string;
  readonly #clock: () => number;
  #db: Database.Database;
  #wanted: Wanted;
  #isStandIn: boolean;

  constructor(db: Database.Database, isStandIn: boolean, { file, clock }: { file: string; clock: () => number }) {
    this.#db = db;
    this.#isStandIn = isStandIn;
    this.#file = file;
    this.#clock = clock;
    this.#wanted = gatheredIn(db);
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
    this.#endGathering();
    this.#leaveStandIn();
    try {
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

  /** Makes the database what it has to be, now that the import is known to be good. */
  #leaveStandIn(): void {
    if (!this.#isStandIn) {
      return;
    }
    try {
      const db = openForWriting(this.#file, this.#clock());
      const wanted = gatheredIn(db);
      wanted.addAll(this.#wanted);
      db.exec("COMMIT");
      this.#db.close();
      [this.#db, this.#wanted, this.#isStandIn] = [db, wanted, false];
    } catch (error) {
      throw openError(this.#file, error);
    }
  }
}

/** Makes the tables of what is gathered, and begins to. */
function gatheredIn(db: Database.Database): Wanted {
  const wanted = new Wanted(db);
  db.pragma(`cache_size = -${cacheKiB}`);
  // One for all that is gathered; the database itself is not locked by it.
  db.exec("BEGIN");
  return wanted;
}

function writeError(file: string, error: unknown): unknown {
  const worded = openError(file, error);
  return worded instanceof StoreOpenError && worded.fault === "unwritable" && error instanceof Error
    ? new StoreOpenError("unwritable", `the database ${file} did not take the import (${error.message})`, {
        cause: error,
      })
    : worded;
}
