import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import type { FeatureState } from "../../domain/feature.ts";
import type { OverrideState } from "../../domain/override.ts";
import { featureStateToText, overrideStateToText } from "./state-text.ts";

/** Who makes a change, and why. */
export type Author = Pick<Call, "actor" | "reason">;

/** Appends to `changes`, inside the transaction of the mutation that a change tells of. */
export class ChangeLog {
  readonly #lastTime: Database.Statement<[], number>;
  readonly #append: Database.Statement<[number, string, string, string | null, string, string | null, string | null]>;
  readonly #appendRemovals: Database.Statement<{ time: number; actor: string; reason: string; featureKey: string }>;
  #clock = 0;
  #time = 0;

  constructor(db: Database.Database) {
    this.#lastTime = db.prepare<[], number>("SELECT time FROM changes ORDER BY revision DESC LIMIT 1").pluck();
    this.#append = db.prepare(
      "INSERT INTO changes (time, actor, reason, org_id, feature_key, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#appendRemovals = db.prepare(appendRemovals);
  }

  /** The time of the clock when the write under way was asked for, in milliseconds since 1970, UTC. */
  get clock(): number {
    return this.#clock;
  }

  /** The time of the write under way, in milliseconds since 1970, UTC. */
  get time(): number {
    return this.#time;
  }

  /** Sets the time of the write under way: the clock's, unless that stands before the last change. */
  begin(clock: number): void {
    this.#clock = clock;
    this.#time = Math.max(clock, this.#lastTime.get() ?? 0);
  }

  /** Logs a change of an override or its plan. */
  override(
    orgId: string,
    featureKey: string,
    before: OverrideState | undefined,
    after: OverrideState | undefined,
    author: Author,
  ): void {
    const texts = [overrideStateToText(before), overrideStateToText(after)] as const;
    this.#append.run(this.#time, author.actor, author.reason, orgId, featureKey, ...texts);
  }

  /**
   * Logs that all overrides and plans of a feature are removed, and answers how many changes that makes; called while
   * they are still there.
   */
  overridesRemoved(featureKey: string, { actor, reason }: Author): number {
    return this.#appendRemovals.run({ time: this.#time, actor, reason, featureKey }).changes;
  }

  /** Logs a change of a feature and answers its revision. */
  feature(
    featureKey: string,
    before: FeatureState | undefined,
    after: FeatureState | undefined,
    author: Author,
  ): number {
    const texts = [featureStateToText(before), featureStateToText(after)] as const;
    return Number(
      this.#append.run(this.#time, author.actor, author.reason, null, featureKey, ...texts).lastInsertRowid,
    );
  }
}

// There may be a million of them: too many to come here one by one. A merge patch leaves out what is null.
const appendRemovals = `
  INSERT INTO changes (time, actor, reason, org_id, feature_key, before)
  SELECT :time, :actor, :reason, ids.org_id, :featureKey, json_patch('{}', json_object(
    'enabled', json(iif(o.enabled, 'true', iif(o.enabled IS NULL, NULL, 'false'))),
    'expires_at', o.expires_at,
    'scheduled', json(iif(s.starts_at IS NULL, NULL, json_object(
      'enabled', json(iif(s.enabled, 'true', 'false')), 'starts_at', s.starts_at, 'expires_at', s.expires_at)))))
  FROM (
    SELECT org_id FROM overrides WHERE feature_key = :featureKey
    UNION SELECT org_id FROM scheduled_settings WHERE feature_key = :featureKey
  ) AS ids
  LEFT JOIN overrides o ON o.org_id = ids.org_id AND o.feature_key = :featureKey
  LEFT JOIN scheduled_settings s ON s.org_id = ids.org_id AND s.feature_key = :featureKey
  ORDER BY ids.org_id`;
