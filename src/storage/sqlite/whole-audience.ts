import type Database from "better-sqlite3";
import type { Audience, AudiencePage, CountRow, FeatureOrgRow, Groups } from "./audience.ts";

/** All organisations that are stored. They may be many: counts are kept, and pages follow indexes. */
export class WholeAudience implements Audience {
  readonly #counts: Database.Statement<[], CountRow>;
  readonly #ofFeature: Database.Statement<[string], number>;
  readonly #size: Database.Statement<[], number>;
  readonly #all: Database.Statement<[AudiencePage], FeatureOrgRow>;
  readonly #page: Database.Statement<[object], FeatureOrgRow>;

  constructor(db: Database.Database) {
    this.#counts = db.prepare("SELECT * FROM override_counts WHERE count > 0");
    this.#ofFeature = db
      .prepare<[string], number>("SELECT coalesce(sum(count), 0) FROM override_counts WHERE feature_key = ?")
      .pluck();
    this.#size = db.prepare<[], number>("SELECT organisations FROM summary").pluck();
    this.#all = db.prepare(selectAllOrganisations);
    this.#page = db.prepare(selectOrganisations);
  }

  counts(): readonly CountRow[] {
    return this.#counts.all();
  }

  size(): number {
    return this.#size.get() ?? 0;
  }

  page({ on, off, none }: Groups, page: AudiencePage): readonly FeatureOrgRow[] {
    if (on && off && none) {
      return this.#all.all(page);
    }
    // To look for organisations without the override where there are none would take looking at all.
    const areThere = none && this.size() > (this.#ofFeature.get(page.featureKey) ?? 0);
    return this.#page.all({ ...page, on: Number(on), off: Number(off), none: Number(areThere) });
  }
}

const selectAllOrganisations = `
  SELECT ids.org_id, o.enabled FROM organisations ids
  LEFT JOIN overrides o ON o.org_id = ids.org_id AND o.feature_key = :featureKey
  WHERE ids.overrides > 0 AND ids.org_id > :after ORDER BY ids.org_id LIMIT :limit`;

// The organisations with the override on, with it off, and without it, as far as each group is asked for. Each follows
// an index in the order of ids, and SQLite merges them as far as the limit goes.
const selectOrganisations = `
  SELECT org_id, enabled FROM overrides INDEXED BY overrides_by_feature_and_setting
  WHERE :on AND feature_key = :featureKey AND enabled = 1 AND org_id > :after
  UNION ALL SELECT org_id, enabled FROM overrides INDEXED BY overrides_by_feature_and_setting
  WHERE :off AND feature_key = :featureKey AND enabled = 0 AND org_id > :after
  UNION ALL SELECT org_id, NULL FROM organisations
  WHERE :none AND overrides > 0 AND org_id > :after AND NOT EXISTS (
    SELECT * FROM overrides o WHERE o.org_id = organisations.org_id AND o.feature_key = :featureKey)
  ORDER BY org_id LIMIT :limit`;
