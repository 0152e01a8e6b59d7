import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import { DomainError } from "../../domain/errors.ts";
import type { CatalogueMode, Feature, FeaturePatch, FeatureState } from "../../domain/feature.ts";
import type { DeletedOverrides, NewFeature } from "../store.ts";
import type { ChangeLog } from "./change-log.ts";
import { type FeatureRow, featureFromRow } from "./rows.ts";

/** The writes that are about features, inside a transaction. */
export class FeatureWrites {
  readonly #log: ChangeLog;
  readonly #catalogue: CatalogueMode;
  readonly #select: Database.Statement<[string], FeatureRow>;
  readonly #insert: Database.Statement<[string, string, number, number, number]>;
  readonly #update: Database.Statement<[string, number, number, number, string]>;
  readonly #delete: Database.Statement<[string]>;
  readonly #countOverrides: Database.Statement<[string], number>;
  readonly #deleteOverrides: Database.Statement<[string]>;

  constructor(db: Database.Database, log: ChangeLog, catalogue: CatalogueMode) {
    this.#log = log;
    this.#catalogue = catalogue;
    this.#select = db.prepare("SELECT * FROM features WHERE feature_key = ?");
    this.#insert = db.prepare(`
      INSERT INTO features (feature_key, position, description, default_enabled, archived, created_at, updated_at)
      VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM features), ?, ?, 0, ?, ?)`);
    this.#update = db.prepare(`
      UPDATE features SET description = ?, default_enabled = ?, archived = ?, updated_at = ? WHERE feature_key = ?`);
    this.#delete = db.prepare("DELETE FROM features WHERE feature_key = ?");
    this.#countOverrides = db
      .prepare<[string], number>("SELECT coalesce(sum(count), 0) FROM override_counts WHERE feature_key = ?")
      .pluck();
    this.#deleteOverrides = db.prepare("DELETE FROM overrides WHERE feature_key = ?");
  }

  createFeature({ featureKey, description, defaultEnabled }: NewFeature, call: Call): Feature {
    if (this.#select.get(featureKey)) {
      throw new DomainError("ALREADY_EXISTS", `the feature "${featureKey}" exists already`);
    }
    const { time } = this.#log;
    this.#insert.run(featureKey, description, Number(defaultEnabled), time, time);
    const state = { description, defaultEnabled, archived: false };
    this.#log.feature(featureKey, undefined, state, call);
    return { featureKey, ...state, createdAt: time, updatedAt: time };
  }

  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Feature {
    const before = this.#get(featureKey);
    const after: FeatureState = {
      description: patch.description ?? before.description,
      defaultEnabled: patch.defaultEnabled ?? before.defaultEnabled,
      archived: patch.archived ?? before.archived,
    };
    if (sameState(before, after)) {
      return before;
    }
    const { time } = this.#log;
    this.#update.run(after.description, Number(after.defaultEnabled), Number(after.archived), time, featureKey);
    this.#log.feature(featureKey, before, after, call);
    return { featureKey, ...after, createdAt: before.createdAt, updatedAt: time };
  }

  deleteFeature(featureKey: string, force: boolean, call: Call): DeletedOverrides {
    const before = this.#get(featureKey);
    const count = this.#countOverrides.get(featureKey) ?? 0;
    if (count > 0 && !force) {
      const message = `the feature "${featureKey}" has ${count} overrides; remove them first, or delete with force`;
      throw new DomainError("FAILED_PRECONDITION", message);
    }
    this.#log.overridesRemoved(featureKey, call);
    this.#deleteOverrides.run(featureKey);
    this.#delete.run(featureKey);
    this.#log.feature(featureKey, before, undefined, call);
    return { count, time: this.#log.time };
  }

  /** The feature, for a write of an override: added where the catalogue is open. `at` prefixes field names in errors. */
  forSetting(featureKey: string, at: string, call: Call): Feature {
    const row = this.#select.get(featureKey);
    if (row === undefined && this.#catalogue === "open") {
      return this.createFeature({ featureKey, description: "", defaultEnabled: false }, call);
    }
    return requireWritable(row && featureFromRow(row), featureKey, at);
  }

  /** The feature, for the removal of an override: never added. `at` prefixes field names in errors. */
  forReset(featureKey: string, at: string): Feature {
    const row = this.#select.get(featureKey);
    return requireWritable(row && featureFromRow(row), featureKey, at);
  }

  #get(featureKey: string): Feature {
    const row = this.#select.get(featureKey);
    if (row === undefined) {
      throw notInCatalogue(featureKey, "");
    }
    return featureFromRow(row);
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
