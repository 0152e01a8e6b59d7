import type Database from "better-sqlite3";
import type { Change, ChangeFilter, ChangeQuery, HistoryBounds } from "../../domain/change.ts";
import type { FlagOrigin, OrganisationPast } from "../store.ts";
import { ChangeList } from "./change-list.ts";
import { ChangeLookup } from "./change-lookup.ts";
import { momentOf } from "./moment.ts";
import { keysOfOrganisation, selectStates } from "./override-states.ts";
import {
  type ChangeRow,
  changeFromRow,
  type FeatureRow,
  featureFromRow,
  type OverrideStateRow,
  overrideStateFromRow,
} from "./rows.ts";

/** The reads of a store that look into the log. */
export class HistoryReads {
  readonly #atOneMoment: <T>(read: () => T) => T;
  readonly #lookup: ChangeLookup;
  readonly #list: ChangeList;
  readonly #features: Database.Statement<[], FeatureRow>;
  readonly #feature: Database.Statement<[string], FeatureRow>;
  readonly #state: Database.Statement<[string, string], OverrideStateRow>;
  readonly #states: Database.Statement<[object], OverrideStateRow>;
  readonly #past: Database.Statement<[object], ChangeRow>;
  readonly #overrideChange: Database.Statement<[string, string], ChangeRow>;
  readonly #featureChange: Database.Statement<[string], ChangeRow>;

  constructor(db: Database.Database) {
    this.#atOneMoment = momentOf(db);
    this.#lookup = new ChangeLookup(db);
    this.#list = new ChangeList(db);
    this.#features = db.prepare("SELECT * FROM features ORDER BY position");
    this.#feature = db.prepare("SELECT * FROM features WHERE feature_key = ?");
    this.#state = db.prepare(selectStates("SELECT ? AS org_id, ? AS feature_key"));
    this.#states = db.prepare(selectStates(keysOfOrganisation));
    this.#past = db.prepare(selectPast);
    this.#overrideChange = db.prepare(selectOverrideChange);
    this.#featureChange = db.prepare(selectFeatureChange);
  }

  readHistoryBounds(): HistoryBounds {
    return this.#lookup.bounds();
  }

  readChange(revision: number): Change | undefined {
    return this.#lookup.get(revision);
  }

  readRevisionAt(time: number): number {
    return this.#atOneMoment(() => {
      const revision = this.#lookup.lastUpTo(time);
      return revision > this.#lookup.bounds().prunedRevision ? revision : 0;
    });
  }

  listChanges(query: ChangeQuery): readonly Change[] {
    return this.#atOneMoment(() => {
      const { startTime, endTime, minRevision = 0, maxRevision = Number.MAX_SAFE_INTEGER } = query;
      // Times never go back, so a range of times is one of revisions.
      const first = startTime === undefined ? 0 : this.#lookup.lastUpTo(startTime - 1) + 1;
      const last = endTime === undefined ? maxRevision : this.#lookup.lastUpTo(endTime - 1);
      const range = { min: Math.max(first, minRevision), max: Math.min(last, maxRevision) };
      return this.#list.read({ ...query, ...range }).map(changeFromRow);
    });
  }

  readFilteredChanges(since: number, filter: ChangeFilter, limit: number): readonly Change[] {
    const range = { min: since + 1, max: Number.MAX_SAFE_INTEGER };
    const query = { ...filter, ...range, actor: undefined, oldestFirst: true, limit };
    return this.#list.read(query).map(changeFromRow);
  }

  readOrganisationPast(orgId: string, since: number): OrganisationPast {
    return this.#atOneMoment(() => ({
      bounds: this.#lookup.bounds(),
      features: this.#features.all().map(featureFromRow),
      overrides: new Map(
        this.#states.all({ orgId }).flatMap((row) => {
          const state = overrideStateFromRow(row);
          return state === undefined ? [] : [[row.feature_key, state] as const];
        }),
      ),
      changes: this.#past.all({ orgId, since }).map(changeFromRow),
    }));
  }

  readOrigin(orgId: string, featureKey: string): FlagOrigin {
    return this.#atOneMoment(() => {
      const feature = this.#feature.get(featureKey);
      const state = this.#state.get(orgId, featureKey);
      const overrideChange = this.#overrideChange.get(orgId, featureKey);
      const featureChange = this.#featureChange.get(featureKey);
      return {
        feature: feature && featureFromRow(feature),
        override: state && overrideStateFromRow(state),
        overrideChange: overrideChange && changeFromRow(overrideChange),
        featureChange: featureChange && changeFromRow(featureChange),
      };
    });
  }
}

const selectPast = `
  SELECT * FROM changes INDEXED BY changes_by_organisation WHERE org_id = :orgId AND revision > :since
  UNION ALL
  SELECT * FROM changes INDEXED BY changes_by_organisation WHERE org_id IS NULL AND revision > :since
  ORDER BY revision DESC`;

// A plan that was made or dropped leaves the setting as it is.
const selectOverrideChange = `
  SELECT * FROM changes INDEXED BY changes_by_organisation
  WHERE org_id = ? AND feature_key = ? AND before ->> '$.enabled' IS NOT after ->> '$.enabled'
  ORDER BY revision DESC LIMIT 1`;

const selectFeatureChange = `
  SELECT * FROM changes INDEXED BY changes_of_features
  WHERE org_id IS NULL AND feature_key = ? AND (
    before ->> '$.default_enabled' IS NOT after ->> '$.default_enabled'
    OR before ->> '$.archived' IS NOT after ->> '$.archived')
  ORDER BY revision DESC LIMIT 1`;
