import type Database from "better-sqlite3";
import type { FeatureState } from "../../../domain/feature.ts";
import type { OverrideState } from "../../../domain/override.ts";
import type { ImportScope, UnknownFeature } from "../../import.ts";
import { featureStateToText, overrideStateToText } from "../state-text.ts";

const maxUnknown = 10;

// In the order of the columns.
type FeatureRow = [featureKey: string, state: string | null, line: number];
type FlagRow = [orgId: string, featureKey: string, state: string | null, line: number];

/** What is to be, in temporary tables, which SQLite keeps on disk where they grow large. */
export class Wanted {
  readonly #addFeature: Database.Statement<FeatureRow>;
  readonly #addFlag: Database.Statement<FlagRow>;
  readonly #featureLine: Database.Statement<[string], number>;
  readonly #flagLine: Database.Statement<[string, string], number>;
  readonly #features: Database.Statement<[], FeatureRow>;
  readonly #flags: Database.Statement<[], FlagRow>;
  readonly #unknown: Database.Statement<[object], { line: number; feature_key: string }>;

  constructor(db: Database.Database) {
    db.exec(tables);
    this.#addFeature = db.prepare("INSERT OR IGNORE INTO wanted_features VALUES (?, ?, ?)");
    this.#addFlag = db.prepare("INSERT OR IGNORE INTO wanted_flags VALUES (?, ?, ?, ?)");
    this.#featureLine = db.prepare<[string], number>("SELECT line FROM wanted_features WHERE feature_key = ?").pluck();
    this.#flagLine = db
      .prepare<[string, string], number>("SELECT line FROM wanted_flags WHERE org_id = ? AND feature_key = ?")
      .pluck();
    this.#features = db.prepare<[], FeatureRow>("SELECT * FROM wanted_features").raw();
    this.#flags = db.prepare<[], FlagRow>("SELECT * FROM wanted_flags").raw();
    this.#unknown = db.prepare(selectUnknown);
  }

  /** Adds a feature; answers the line that named it before. */
  addFeature(line: number, featureKey: string, state: FeatureState): number | undefined {
    const { changes } = this.#addFeature.run(featureKey, featureStateToText(state), line);
    return changes === 1 ? undefined : this.#featureLine.get(featureKey);
  }

  /** Adds an override, a plan or both; answers the line that named it before. */
  addOverride(line: number, orgId: string, featureKey: string, state: OverrideState): number | undefined {
    const { changes } = this.#addFlag.run(orgId, featureKey, overrideStateToText(state), line);
    return changes === 1 ? undefined : this.#flagLine.get(orgId, featureKey);
  }

  /** Adds all that was gathered elsewhere. */
  addAll(other: Wanted): void {
    for (const row of other.#features.iterate()) {
      this.#addFeature.run(...row);
    }
    for (const row of other.#flags.iterate()) {
      this.#addFlag.run(...row);
    }
  }

  /** The first lines that name features which would not be there. */
  unknownFeatures(scope: ImportScope): readonly UnknownFeature[] {
    const stay = Number(!removesFeatures(scope));
    return this.#unknown.all({ stay }).map(({ line, feature_key }) => ({ line, featureKey: feature_key }));
  }
}

/** Whether features are removed that are not in the import: an organisation's has none. */
export function removesFeatures({ orgId, prune }: ImportScope): boolean {
  return prune && orgId === undefined;
}

const tables = `
  CREATE TEMP TABLE wanted_features (
    feature_key TEXT    NOT NULL PRIMARY KEY,
    state       TEXT    NOT NULL,
    line        INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE wanted_flags (
    org_id      TEXT    NOT NULL,
    feature_key TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    line        INTEGER NOT NULL,
    PRIMARY KEY (org_id, feature_key)
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE differing (
    org_id      TEXT    NOT NULL,
    feature_key TEXT    NOT NULL,
    PRIMARY KEY (org_id, feature_key)
  ) STRICT, WITHOUT ROWID;
`;

const selectUnknown = `
  SELECT line, feature_key FROM wanted_flags
  WHERE feature_key NOT IN (SELECT feature_key FROM wanted_features)
    AND NOT (:stay AND feature_key IN (SELECT feature_key FROM features))
  ORDER BY line LIMIT ${maxUnknown}`;
