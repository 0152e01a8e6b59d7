import type Database from "better-sqlite3";
import type { Scope } from "../../domain/access.ts";
import { isEffective } from "../../domain/evaluation.ts";
import type {
  Feature,
  FeatureOrg,
  FeatureOrgQuery,
  FeaturePatch,
  FeatureState,
  UpdateImpact,
} from "../../domain/feature.ts";
import type { OverrideCounts } from "../../domain/override.ts";
import type { Audience, CountRow, Groups } from "./audience.ts";
import { momentOf } from "./moment.ts";
import { type FeatureRow, featureFromRow } from "./rows.ts";
import { ScopedAudiences } from "./scoped-audience.ts";
import { WholeAudience } from "./whole-audience.ts";

const maxFlippedNamed = 10;
const noCounts: OverrideCounts = { enabled: 0, disabled: 0 };

/** The reads of a store that are about who has a feature. */
export class AudienceReads {
  readonly #atOneMoment: <T>(read: () => T) => T;
  readonly #feature: Database.Statement<[string], FeatureRow>;
  readonly #whole: WholeAudience;
  readonly #scoped: ScopedAudiences;

  constructor(db: Database.Database) {
    this.#atOneMoment = momentOf(db);
    this.#feature = db.prepare("SELECT * FROM features WHERE feature_key = ?");
    this.#whole = new WholeAudience(db);
    this.#scoped = new ScopedAudiences(db);
  }

  readOverrideCounts(scope?: Scope): ReadonlyMap<string, OverrideCounts> {
    const rows = this.#within(scope).counts();
    const { featureKeys } = scope ?? {};
    return countsOf(featureKeys === undefined ? rows : rows.filter(({ feature_key }) => featureKeys.has(feature_key)));
  }

  listFeatureOrgs({ featureKey, enabled, scope, after, limit }: FeatureOrgQuery): readonly FeatureOrg[] {
    return this.#atOneMoment(() => {
      const feature = this.#feature.get(featureKey);
      const byDefault = feature !== undefined && featureFromRow(feature).defaultEnabled;
      const groups: Groups = {
        on: enabled !== false,
        off: enabled !== true,
        none: enabled === undefined || enabled === byDefault,
      };
      return this.#within(scope)
        .page(groups, { featureKey, after, limit })
        .map((row) => ({
          orgId: row.org_id,
          enabled: row.enabled === null ? byDefault : row.enabled === 1,
          isOverride: row.enabled !== null,
        }));
    });
  }

  readUpdateImpact(featureKey: string, patch: FeaturePatch, scope?: Scope): UpdateImpact | undefined {
    return this.#atOneMoment(() => {
      const row = this.#feature.get(featureKey);
      return row && impactOf(this.#within(scope), featureFromRow(row), patch);
    });
  }

  #within(scope: Scope | undefined): Audience {
    return scope?.orgIds === undefined ? this.#whole : this.#scoped.of(scope.orgIds);
  }
}

function countsOf(rows: readonly CountRow[]): ReadonlyMap<string, OverrideCounts> {
  const counts = new Map<string, OverrideCounts>();
  for (const { feature_key, enabled, count } of rows) {
    const side = enabled === 1 ? { enabled: count } : { disabled: count };
    counts.set(feature_key, { ...noCounts, ...counts.get(feature_key), ...side });
  }
  return counts;
}

function impactOf(audience: Audience, before: Feature, patch: FeaturePatch): UpdateImpact {
  const { featureKey } = before;
  const after: FeatureState = {
    description: patch.description ?? before.description,
    defaultEnabled: patch.defaultEnabled ?? before.defaultEnabled,
    archived: patch.archived ?? before.archived,
  };
  const flips = (override: boolean | undefined) => isEffective(before, override) !== isEffective(after, override);
  const groups: Groups = { on: flips(true), off: flips(false), none: flips(undefined) };
  const { enabled, disabled } = countsOf(audience.counts()).get(featureKey) ?? noCounts;
  const without = audience.size() - enabled - disabled;
  const flippedOverrides = Number(groups.on) * enabled + Number(groups.off) * disabled;
  const flippedOrgs = flippedOverrides + Number(groups.none) * without;
  const limit = Math.min(flippedOrgs, maxFlippedNamed);
  return {
    flippedOrgs,
    firstFlippedOrgIds: audience.page(groups, { featureKey, after: "", limit }).map(({ org_id }) => org_id),
    keptOverrides: groups.none ? enabled + disabled - flippedOverrides : 0,
  };
}
