import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import type { FeatureState } from "../../domain/feature.ts";
import { featureStateToText, settingToText } from "./rows.ts";

/** Appends to `changes`, inside the transaction of the mutation that a change tells of. */
export class ChangeLog {
  readonly #lastTime: Database.Statement<[], number>;
  readonly #append: Database.Statement<[number, string, string, string | null, string, string | null, string | null]>;
  readonly #appendRemovals: Database.Statement<[number, string, string, string]>;
  #time = 0;

  constructor(db: Database.Database) {
    this.#lastTime = db.prepare<[], number>("SELECT time FROM changes ORDER BY revision DESC LIMIT 1").pluck();
    this.#append = db.prepare(
      "INSERT INTO changes (time, actor, reason, org_id, feature_key, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    // There may be a million of them: too many to come here one by one.
    this.#appendRemovals = db.prepare(`
      INSERT INTO changes (time, actor, reason, org_id, feature_key, before)
      SELECT ?, ?, ?, org_id, feature_key, iif(enabled, '${settingToText(true)}', '${settingToText(false)}')
      FROM overrides WHERE feature_key = ? ORDER BY org_id`);
  }

  /** Logs that all overrides of a feature are removed; called while they are still there. */
  overridesRemoved(featureKey: string, call: Call): void {
    this.#appendRemovals.run(this.#time, call.actor, call.reason, featureKey);
  }

  /** The time of the write under way, in milliseconds since 1970, UTC. */
  get time(): number {
    return this.#time;
  }

  /** Sets the time of the write under way: the clock's, unless that stands before the last change. */
  begin(clock: number): void {
    this.#time = Math.max(clock, this.#lastTime.get() ?? 0);
  }

  /** Logs a change of an override. */
  override(
    orgId: string,
    featureKey: string,
    before: boolean | undefined,
    after: boolean | undefined,
    call: Call,
  ): void {
    this.#append.run(
      this.#time,
      call.actor,
      call.reason,
      orgId,
      featureKey,
      settingToText(before),
      settingToText(after),
    );
  }

  /** Logs a change of a feature. */
  feature(featureKey: string, before: FeatureState | undefined, after: FeatureState | undefined, call: Call): void {
    const texts = [featureStateToText(before), featureStateToText(after)] as const;
    this.#append.run(this.#time, call.actor, call.reason, null, featureKey, ...texts);
  }
}
