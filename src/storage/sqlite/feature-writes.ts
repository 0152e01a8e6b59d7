import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import { DomainError } from "../../domain/errors.ts";
import type { CatalogueMode, Feature, FeaturePatch, FeatureState } from "../../domain/feature.ts";
import type { DeletedOverrides, NewFeature } from "../store.ts";
import type { Author, ChangeLog } from "./change-log.ts";
import { type FeatureRow, featureFromRow } from "./rows.ts";
import { requireAll } from "./write-scope.ts";

/** The writes that are about features, inside a transaction. */
export class FeatureWrites {
  readonly #log: ChangeLog;
  readonly #catalogue: CatalogueMode;
  readonly #select: Database.Statement<[string], FeatureRow>;
  readonly #insert: Database.Statement<[string, string, number, number, number, number]>;
  readonly #update: Database.Statement<[string, number, number, number, string]>;
  readonly #delete: Database.Statement<[string]>;
  readonly #countOverrides: Database.Statement<[string], number>;
  readonly #countPlans: Database.Statement<[string], number>;
  readonly #deleteOverrides: Database.Statement<[string]>;
  readonly #deletePlans: Database.Statement<[string]>;

  constructor(db: Database.Database, log: ChangeLog, catalogue: CatalogueMode) {
    this.#log = log;
    this.#catalogue = catalogue;
    this.#select = db.prepare("SELECT * FROM features WHERE feature_key = ?");
    this.#insert = db.prepare(`
      INSERT INTO features (feature_key, position, description, default_enabled, archived, created_at, updated_at)
      VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM features), ?, ?, ?, ?, ?)`);
    this.#update = db.prepare(`
      UPDATE features SET description = ?, default_enabled = ?, archived = ?, updated_at = ? WHERE feature_key = ?`);
    this.#delete = db.prepare("DELETE FROM features WHERE feature_key = ?");
    this.#countOverrides = db
      .prepare<[string], number>("SELECT coalesce(sum(count), 0) FROM override_counts WHERE feature_key = ?")
      .pluck();
    this.#countPlans = db
      .prepare<[string], number>("SELECT count(*) FROM scheduled_settings WHERE feature_key = ?")
      .pluck();
    this.#deleteOverrides = db.prepare("DELETE FROM overrides WHERE feature_key = ?");
    this.#deletePlans = db.prepare("DELETE FROM scheduled_settings WHERE feature_key = ?");
  }

  createFeature({ featureKey, description, defaultEnabled }: NewFeature, call: Call): Feature {
    if (this.#select.get(featureKey)) {
      throw new DomainError("ALREADY_EXISTS", `the feature "${featureKey}" exists already`);
    }
    return this.#add(featureKey, { description, defaultEnabled, archived: false }, call);
  }

  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Feature {
    const before = this.#get(featureKey);
    const after: FeatureState = {
      description: patch.description ?? before.description,
      defaultEnabled: patch.defaultEnabled ?? before.defaultEnabled,
      archived: patch.archived ?? before.archived,
    };
    return sameState(before, after) ? before : this.#change(before, after, call);
  }

  deleteFeature(featureKey: string, force: boolean, call: Call): DeletedOverrides {
    return this.#remove(this.#get(featureKey), force ? undefined : "delete with force", call);
  }

  /**
   * Makes a feature what a change says it was, `undefined` for removed; answers whether that changed anything.
   * `FAILED_PRECONDITION` where overrides would go with it and `force` is false.
   */
  restoreFeature(featureKey: string, after: FeatureState | undefined, force: boolean, author: Author): boolean {
    const before = this.get(featureKey);
    if (before === undefined && after !== undefined) {
      this.#add(featureKey, after, author);
    } else if (before !== undefined && after === undefined) {
      this.#remove(before, force ? undefined : "revert with force", author);
    } else if (before !== undefined && after !== undefined && !sameState(before, after)) {
      this.#change(before, after, author);
    } else {
      return false;
    }
    return true;
  }

  /** The feature, archived or not. */
  get(featureKey: string): Feature | undefined {
    const row = this.#select.get(featureKey);
    return row && featureFromRow(row);
  }

  /** The feature, for a write of an override: added where the catalogue is open. `at` prefixes field names in errors. */
  forSetting(featureKey: string, at: string, call: Call): Feature {
    const feature = this.get(featureKey);
    if (feature === undefined && this.#catalogue === "open") {
      requireAll(call, `${at}feature_key: no feature "${featureKey}" is in the catalogue, and to add it`);
      return this.createFeature({ featureKey, description: "", defaultEnabled: false }, call);
    }
    return requireWritable(feature, featureKey, at);
  }

  /** The feature, for the removal of an override: never added. `at` prefixes field names in errors. */
  forReset(featureKey: string, at: string): Feature {
    return requireWritable(this.get(featureKey), featureKey, at);
  }

  #add(featureKey: string, state: FeatureState, author: Author): Feature {
    const { time } = this.#log;
    const { description, defaultEnabled, archived } = state;
    this.#insert.run(featureKey, description, Number(defaultEnabled), Number(archived), time, time);
    const revision = this.#log.feature(featureKey, undefined, state, author);
    return { featureKey, description, defaultEnabled, archived, revision, createdAt: time, updatedAt: time };
  }

  #change(before: Feature, after: FeatureState, author: Author): Feature {
    const { time } = this.#log;
    const { featureKey, createdAt } = before;
    this.#update.run(after.description, Number(after.defaultEnabled), Number(after.archived), time, featureKey);
    const revision = this.#log.feature(featureKey, before, after, author);
    return { featureKey, ...after, revision, createdAt, updatedAt: time };
  }

  /** `orElse` says what to do to remove the overrides with it; undefined where that is wanted. */
  #remove(before: Feature, orElse: string | undefined, author: Author): DeletedOverrides {
    const { featureKey } = before;
    if (orElse !== undefined) {
      this.#requireWithoutOverrides(featureKey, orElse);
    }
    const count = this.#log.overridesRemoved(featureKey, author);
    this.#deleteOverrides.run(featureKey);
    this.#deletePlans.run(featureKey);
    this.#delete.run(featureKey);
    this.#log.feature(featureKey, before, undefined, author);
    return { count, time: this.#log.time };
  }

  #requireWithoutOverrides(featureKey: string, orElse: string): void {
    const counts = [
      [this.#countOverrides.get(featureKey) ?? 0, "overrides"],
      [this.#countPlans.get(featureKey) ?? 0, "scheduled settings"],
    ] as const;
    const there = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    if (there.length > 0) {
      const message = `the feature "${featureKey}" has ${there.join(" and ")}; remove them first, or ${orElse}`;
      throw new DomainError("FAILED_PRECONDITION", message);
    }
  }

  #get(featureKey: string): Feature {
    const feature = this.get(featureKey);
    if (feature === undefined) {
      throw notInCatalogue(featureKey, "");
    }
    return feature;
  }
}

function requireWritable(feature: Feature | undefined, featureKey: string, at: string): Feature {
  if (feature === undefined) {
    throw notInCatalogue(featureKey, at);
  }
  if (feature.archived) {
    const message = `${at}feature_key: the feature "${featureKey}" is archived and takes no writes; un-archive it first`;
    throw new DomainError("FAILED_PRECONDITION", message);
  }
  return feature;
}

function notInCatalogue(featureKey: string, at: string): DomainError {
  return new DomainError("NOT_FOUND", `${at}feature_key: no feature "${featureKey}" is in the catalogue`);
}

function sameState(a: FeatureState, b: FeatureState): boolean {
  return a.description === b.description && a.defaultEnabled === b.defaultEnabled && a.archived === b.archived;
}
