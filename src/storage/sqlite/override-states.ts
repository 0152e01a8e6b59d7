import type Database from "better-sqlite3";
import type { OverrideState, ScheduledSetting, Setting } from "../../domain/override.ts";
import type { Author, ChangeLog } from "./change-log.ts";
import { type OverrideStateRow, overrideStateFromRow } from "./rows.ts";

/** An override and its plan as they are stored. */
export interface StoredState {
  readonly featureKey: string;
  readonly state: OverrideState;
  /** When the override last became what it is, in milliseconds since 1970, UTC; undefined where there is none. */
  readonly updatedAt: number | undefined;
  /** When the plan was made, likewise. */
  readonly plannedAt: number | undefined;
}

/** The overrides and their plans: how they are looked up, and how one becomes another, inside a transaction. */
export class OverrideStates {
  readonly #log: ChangeLog;
  readonly #select: Database.Statement<[string, string], OverrideStateRow>;
  readonly #selectOrganisation: Database.Statement<{ orgId: string }, OverrideStateRow>;
  readonly #put: Database.Statement<[string, string, number, number, number | null]>;
  readonly #delete: Database.Statement<[string, string]>;
  readonly #plan: Database.Statement<[string, string, number, number, number | null, number, string, string]>;
  readonly #deletePlan: Database.Statement<[string, string]>;

  constructor(db: Database.Database, log: ChangeLog) {
    this.#log = log;
    this.#select = db.prepare(selectStates("SELECT ? AS org_id, ? AS feature_key"));
    this.#selectOrganisation = db.prepare(`${selectStates(keysOfOrganisation)} ORDER BY ids.feature_key`);
    this.#put = db.prepare(`
      INSERT INTO overrides (org_id, feature_key, enabled, updated_at, expires_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        enabled = excluded.enabled, updated_at = excluded.updated_at, expires_at = excluded.expires_at`);
    this.#delete = db.prepare("DELETE FROM overrides WHERE org_id = ? AND feature_key = ?");
    this.#plan = db.prepare("INSERT OR REPLACE INTO scheduled_settings VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    this.#deletePlan = db.prepare("DELETE FROM scheduled_settings WHERE org_id = ? AND feature_key = ?");
  }

  /** What is stored; undefined where there is neither override nor plan. */
  get(orgId: string, featureKey: string): StoredState | undefined {
    const row = this.#select.get(orgId, featureKey);
    return row && storedState(row);
  }

  /** All that is stored of an organisation, ordered by feature key, bytewise. */
  ofOrganisation(orgId: string): readonly StoredState[] {
    return this.#selectOrganisation.all({ orgId }).flatMap((row) => storedState(row) ?? []);
  }

  /** Makes one state another and logs that; `before` is what is stored. Members that stay must be the same objects. */
  replace(
    orgId: string,
    featureKey: string,
    before: OverrideState | undefined,
    after: OverrideState | undefined,
    author: Author,
  ): void {
    if (before?.setting !== after?.setting) {
      this.#storeSetting(orgId, featureKey, after?.setting);
    }
    if (before?.scheduled !== after?.scheduled) {
      this.#storePlan(orgId, featureKey, after?.scheduled, author);
    }
    this.#log.override(orgId, featureKey, before, after, author);
  }

  #storeSetting(orgId: string, featureKey: string, setting: Setting | undefined): void {
    if (setting === undefined) {
      this.#delete.run(orgId, featureKey);
    } else {
      this.#put.run(orgId, featureKey, Number(setting.enabled), this.#log.time, setting.expiresAt ?? null);
    }
  }

  #storePlan(orgId: string, featureKey: string, plan: ScheduledSetting | undefined, author: Author): void {
    if (plan === undefined) {
      this.#deletePlan.run(orgId, featureKey);
    } else {
      const { enabled, startsAt, expiresAt } = plan;
      const { actor, reason } = author;
      this.#plan.run(orgId, featureKey, Number(enabled), startsAt, expiresAt ?? null, this.#log.time, actor, reason);
    }
  }
}

/** The query of the overrides and plans under the keys (`org_id`, `feature_key`) that another query gives. */
export function selectStates(keys: string): string {
  return `
    SELECT ids.org_id, ids.feature_key, o.enabled, o.updated_at, o.expires_at,
      s.enabled AS scheduled_enabled, s.starts_at, s.expires_at AS scheduled_expires_at, s.planned_at
    FROM (${keys}) AS ids
    LEFT JOIN overrides o ON o.org_id = ids.org_id AND o.feature_key = ids.feature_key
    LEFT JOIN scheduled_settings s ON s.org_id = ids.org_id AND s.feature_key = ids.feature_key`;
}

/** The query of the keys of all that is stored of an organisation, by the parameter `:orgId`. */
export const keysOfOrganisation = `
  SELECT org_id, feature_key FROM overrides WHERE org_id = :orgId
  UNION SELECT org_id, feature_key FROM scheduled_settings WHERE org_id = :orgId`;

function storedState(row: OverrideStateRow): StoredState | undefined {
  const state = overrideStateFromRow(row);
  return (
    state && {
      featureKey: row.feature_key,
      state,
      updatedAt: row.updated_at ?? undefined,
      plannedAt: row.planned_at ?? undefined,
    }
  );
}
