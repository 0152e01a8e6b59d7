import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import { DomainError } from "../../domain/errors.ts";
import type { OverrideOutcome, OverrideUpdate } from "../../domain/override.ts";
import type { DeletedOverrides } from "../store.ts";
import type { ChangeLog } from "./change-log.ts";
import type { FeatureWrites } from "./feature-writes.ts";
import type { OverrideRow } from "./rows.ts";

/** The writes that are about overrides, inside a transaction. */
export class OverrideWrites {
  readonly #log: ChangeLog;
  readonly #features: FeatureWrites;
  readonly #select: Database.Statement<[string, string], OverrideRow>;
  readonly #upsert: Database.Statement<[string, string, number, number]>;
  readonly #delete: Database.Statement<[string, string]>;
  readonly #selectOrganisation: Database.Statement<[string], OverrideRow>;
  readonly #deleteOrganisation: Database.Statement<[string]>;

  constructor(db: Database.Database, log: ChangeLog, features: FeatureWrites) {
    this.#log = log;
    this.#features = features;
    this.#select = db.prepare("SELECT * FROM overrides WHERE org_id = ? AND feature_key = ?");
    this.#upsert = db.prepare(`
      INSERT INTO overrides (org_id, feature_key, enabled, updated_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET enabled = excluded.enabled, updated_at = excluded.updated_at`);
    this.#delete = db.prepare("DELETE FROM overrides WHERE org_id = ? AND feature_key = ?");
    this.#selectOrganisation = db.prepare("SELECT * FROM overrides WHERE org_id = ? ORDER BY feature_key");
    this.#deleteOrganisation = db.prepare("DELETE FROM overrides WHERE org_id = ?");
  }

  createOverride(orgId: string, featureKey: string, enabled: boolean, call: Call): OverrideOutcome {
    this.#features.forSetting(featureKey, "", call);
    if (this.#select.get(orgId, featureKey)) {
      const message = `the organisation "${orgId}" has an override of "${featureKey}" already; update it instead`;
      throw new DomainError("ALREADY_EXISTS", message);
    }
    return this.#put(orgId, featureKey, undefined, enabled, call);
  }

  updateOverrides(updates: readonly OverrideUpdate[], call: Call): OverrideOutcome[] {
    return updates.map(({ orgId, featureKey, enabled, at }) => {
      if (enabled === undefined) {
        const feature = this.#features.forReset(featureKey, at);
        return { ...this.#reset(orgId, featureKey, call), enabled: feature.defaultEnabled };
      }
      this.#features.forSetting(featureKey, at, call);
      return this.#set(orgId, featureKey, enabled, call);
    });
  }

  deleteOverrides(orgId: string, call: Call): DeletedOverrides {
    const rows = this.#selectOrganisation.all(orgId);
    for (const row of rows) {
      this.#log.override(orgId, row.feature_key, row.enabled === 1, undefined, call);
    }
    this.#deleteOrganisation.run(orgId);
    return { count: rows.length, time: this.#log.time };
  }

  #set(orgId: string, featureKey: string, enabled: boolean, call: Call): OverrideOutcome {
    const row = this.#select.get(orgId, featureKey);
    const before = row && row.enabled === 1;
    if (row && before === enabled) {
      return { changed: false, enabled, time: row.updated_at };
    }
    return this.#put(orgId, featureKey, before, enabled, call);
  }

  #put(orgId: string, featureKey: string, before: boolean | undefined, enabled: boolean, call: Call): OverrideOutcome {
    const { time } = this.#log;
    this.#upsert.run(orgId, featureKey, Number(enabled), time);
    this.#log.override(orgId, featureKey, before, enabled, call);
    return { changed: true, enabled, time };
  }

  #reset(orgId: string, featureKey: string, call: Call): { changed: boolean; time: number } {
    const row = this.#select.get(orgId, featureKey);
    if (row) {
      this.#delete.run(orgId, featureKey);
      this.#log.override(orgId, featureKey, row.enabled === 1, undefined, call);
    }
    return { changed: row !== undefined, time: this.#log.time };
  }
}
