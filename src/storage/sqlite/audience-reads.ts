import type Database from "better-sqlite3";
import { isEffective } from "../../domain/evaluation.ts";
import type { FeatureOrg, FeatureOrgQuery, FeaturePatch, FeatureState, UpdateImpact } from "../../domain/feature.ts";
import type { OverrideCounts } from "../../domain/override.ts";
import { momentOf } from "./moment.ts";
import { type FeatureRow, featureFromRow } from "./rows.ts";

const maxFlippedNamed = 10;
const noCounts: OverrideCounts = { enabled: 0, disabled: 0 };

/** The reads of a store that are about who has a feature. */
export class AudienceReads {
  readonly #atOneMoment: <T>(read: () => T) => T;
  readonly #feature: Database.Statement<[string], FeatureRow>;
  readonly #counts: Database.Statement<[], CountRow>;
  readonly #organisations: Database.Statement<[], number>;
  readonly #all: Database.Statement<[object], FeatureOrgRow>;
  readonly #page: Database.Statement<[object], FeatureOrgRow>;

  constructor(db: Database.Database) {
    this.#atOneMoment = momentOf(db);
    this.#feature = db.prepare("SELECT * FROM features WHERE feature_key = ?");
    this.#counts = db.prepare("SELECT * FROM override_counts WHERE count > 0");
    this.#organisations = db.prepare<[], number>("SELECT organisations FROM summary").pluck();
    this.#all = db.prepare(selectAllOrganisations);
    this.#page = db.prepare(selectOrganisations);
  }

  readOverrideCounts(): ReadonlyMap<string, OverrideCounts> {
    const counts = new Map<string, OverrideCounts>();
    for (const { feature_key, enabled, count } of this.#counts.all()) {
      const side = enabled === 1 ? { enabled: count } : { disabled: count };
      counts.set(feature_key, { ...noCounts, ...counts.get(feature_key), ...side });
    }
    return counts;
  }

  listFeatureOrgs({ featureKey, enabled, after, limit }: FeatureOrgQuery): readonly FeatureOrg[] {
    return this.#atOneMoment(() => {
      const feature = this.#feature.get(featureKey);
      const byDefault = feature !== undefined && featureFromRow(feature).defaultEnabled;
      return this.#rows({ featureKey, enabled, after, limit }, byDefault).map((row) => ({
        orgId: row.org_id,
        enabled: row.enabled === null ? byDefault : row.enabled === 1,
        isOverride: row.enabled !== null,
      }));
    });
  }

  readUpdateImpact(featureKey: string, patch: FeaturePatch): UpdateImpact | undefined {
    return this.#atOneMoment(() => {
      const row = this.#feature.get(featureKey);
      return row && this.#impact(featureKey, featureFromRow(row), patch);
    });
  }

  #rows({ featureKey, enabled, after, limit }: FeatureOrgQuery, byDefault: boolean): FeatureOrgRow[] {
    if (enabled === undefined) {
      return this.#all.all({ featureKey, after, limit });
    }
    // To look for organisations without the override where there are none would take looking at all.
    const none = Number(byDefault === enabled && this.#sizes(featureKey).without > 0);
    return this.#page.all({ featureKey, after, limit, on: Number(enabled), off: Number(!enabled), none });
  }

  #sizes(featureKey: string): Sizes {
    const { enabled, disabled } = this.readOverrideCounts().get(featureKey) ?? noCounts;
    return { enabled, disabled, without: (this.#organisations.get() ?? 0) - enabled - disabled };
  }

  #impact(featureKey: string, before: FeatureState, patch: FeaturePatch): UpdateImpact {
    const after: FeatureState = {
      description: patch.description ?? before.description,
      defaultEnabled: patch.defaultEnabled ?? before.defaultEnabled,
      archived: patch.archived ?? before.archived,
    };
    const flips = (override: boolean | undefined) => isEffective(before, override) !== isEffective(after, override);
    const { enabled, disabled, without } = this.#sizes(featureKey);
    const groups = { on: Number(flips(true)), off: Number(flips(false)), none: Number(flips(undefined)) };
    const flippedOrgs = groups.on * enabled + groups.off * disabled + groups.none * without;
    const limit = Math.min(flippedOrgs, maxFlippedNamed);
    return {
      flippedOrgs,
      firstFlippedOrgIds: this.#page
        .all({ featureKey, after: "", limit, ...groups, none: Number(groups.none * without > 0) })
        .map(({ org_id }) => org_id),
      keptOverrides: groups.none === 1 ? enabled + disabled - groups.on * enabled - groups.off * disabled : 0,
    };
  }
}

interface Sizes extends OverrideCounts {
  /** How many organisations have overrides, but none of the feature. */
  readonly without: number;
}

interface CountRow {
  readonly feature_key: string;
  readonly enabled: number;
  readonly count: number;
}

interface FeatureOrgRow {
  readonly org_id: string;
  readonly enabled: number | null;
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
