import type Database from "better-sqlite3";
import type { Audience, CountRow, FeatureOrgRow } from "./audience.ts";

/** The organisations of scopes, as far as they are stored. They are few: each is looked at. */
export class ScopedAudiences {
  readonly #counts: Database.Statement<[string], CountRow>;
  readonly #size: Database.Statement<[string], number>;
  readonly #page: Database.Statement<[object], FeatureOrgRow>;

  constructor(db: Database.Database) {
    this.#counts = db.prepare(selectCounts);
    this.#size = db.prepare<[string], number>(selectSize).pluck();
    this.#page = db.prepare(selectOrganisations);
  }

  /** The audience that these organisations are. */
  of(orgIds: ReadonlySet<string>): Audience {
    const ids = JSON.stringify([...orgIds]);
    return {
      counts: () => this.#counts.all(ids),
      size: () => this.#size.get(ids) ?? 0,
      page: ({ on, off, none }, page) =>
        this.#page.all({ ...page, ids, on: Number(on), off: Number(off), none: Number(none) }),
    };
  }
}

export const selectCounts = `
  SELECT feature_key, enabled, count(*) AS count FROM overrides
  WHERE org_id IN (SELECT value FROM json_each(?)) GROUP BY feature_key, enabled`;

export const selectSize = `
  SELECT count(*) FROM organisations WHERE org_id IN (SELECT value FROM json_each(?)) AND overrides > 0`;

export const selectOrganisations = `
  SELECT ids.org_id, o.enabled FROM organisations ids
  LEFT JOIN overrides o ON o.org_id = ids.org_id AND o.feature_key = :featureKey
  WHERE ids.org_id IN (SELECT value FROM json_each(:ids)) AND ids.overrides > 0 AND ids.org_id > :after
    AND CASE o.enabled WHEN 1 THEN :on WHEN 0 THEN :off ELSE :none END
  ORDER BY ids.org_id LIMIT :limit`;
