import type Database from "better-sqlite3";
import { type OverrideState, samePlan, sameSetting } from "../../../domain/override.ts";
import { type ChangeRow, type OverrideRow, overrideStateFromRow } from "../rows.ts";
import { overrideStateFromText, overrideStateToText } from "../state-text.ts";
import { isCanonical } from "./canonical.ts";
import type { Findings } from "./findings.ts";
import type { LogWindow } from "./log-window.ts";
import { type Keyed, ordered, RowsByOrganisation } from "./rows-by-organisation.ts";

interface ScheduledRow extends Keyed {
  readonly feature_key: string;
  readonly enabled: number;
  readonly starts_at: number;
  readonly expires_at: number | null;
  readonly planned_at: number;
  readonly actor: string;
  readonly reason: string;
}

/** A change of an override. */
type OverrideChangeRow = ChangeRow & Keyed;

/** What the kept log leaves of an override and its plan. */
interface Left {
  readonly text: string | null;
  readonly state: OverrideState | undefined;
  readonly revision: number;
  /** The change that made the setting what it is, and the one that made the plan; undefined where it is not kept. */
  readonly set: ChangeRow | undefined;
  readonly planned: ChangeRow | undefined;
}

/**
 * Verifies that the overrides and plans are what the kept changes of them say, and that each change follows from the
 * last. One organisation after the other, so that no more than one has to be held.
 */
export function verifyOverrides(db: Database.Database, log: LogWindow, findings: Findings): void {
  const changes = new RowsByOrganisation(
    db.prepare<[], OverrideChangeRow>("SELECT * FROM changes WHERE org_id IS NOT NULL ORDER BY org_id, revision"),
  );
  const overrides = new RowsByOrganisation(
    db.prepare<[], OverrideRow>("SELECT * FROM overrides ORDER BY org_id, feature_key"),
  );
  const plans = new RowsByOrganisation(
    db.prepare<[], ScheduledRow>("SELECT * FROM scheduled_settings ORDER BY org_id, feature_key"),
  );
  const all = [changes, overrides, plans];
  try {
    for (let orgId = ordered(all); orgId !== undefined; orgId = ordered(all)) {
      const organisation = new OrganisationReplay(orgId, log, findings);
      for (const change of changes.take(orgId)) {
        organisation.follow(change);
      }
      organisation.compare([...overrides.take(orgId)], [...plans.take(orgId)]);
    }
  } finally {
    for (const rows of all) {
      rows.close();
    }
  }
}

/** The replay of one organisation. */
class OrganisationReplay {
  readonly #orgId: string;
  readonly #log: LogWindow;
  readonly #findings: Findings;
  readonly #left = new Map<string, Left>();

  constructor(orgId: string, log: LogWindow, findings: Findings) {
    this.#orgId = orgId;
    this.#log = log;
    this.#findings = findings;
  }

  follow(change: ChangeRow): void {
    const { revision, feature_key: key, before, after } = change;
    const last = this.#left.get(key);
    const from = last === undefined && this.#isCut() ? before : (last?.text ?? null);
    if (before !== from) {
      this.#findings.add(`changes: revision ${revision} starts from ${before}, but before it there was ${from}`);
    }
    const [was, is] = [this.#stateOf(before, revision), this.#stateOf(after, revision)];
    this.#left.set(key, {
      text: after,
      state: is,
      revision,
      set: sameSetting(was?.setting, is?.setting) ? last?.set : change,
      planned: samePlan(was?.scheduled, is?.scheduled) ? last?.planned : change,
    });
  }

  /** Compares what is left with what is stored. */
  compare(overrides: readonly OverrideRow[], plans: readonly ScheduledRow[]): void {
    const overrideOf = new Map(overrides.map((row) => [row.feature_key, row]));
    const planOf = new Map(plans.map((row) => [row.feature_key, row]));
    for (const key of new Set([...this.#left.keys(), ...overrideOf.keys(), ...planOf.keys()])) {
      const line = this.#difference(this.#left.get(key), overrideOf.get(key), planOf.get(key));
      if (line !== undefined) {
        this.#findings.add(`overrides: that of ${JSON.stringify(key)} for ${JSON.stringify(this.#orgId)} ${line}`);
      }
    }
  }

  #difference(
    left: Left | undefined,
    override: OverrideRow | undefined,
    plan: ScheduledRow | undefined,
  ): string | undefined {
    const text = overrideStateToText(storedState(override, plan));
    if (left === undefined) {
      return this.#isCut() ? undefined : `is ${text}, but no change tells of it`;
    }
    if (text !== left.text) {
      return `is ${text ?? "not there"}, but revision ${left.revision} left ${left.text ?? "nothing"}`;
    }
    if (override !== undefined && left.set !== undefined && override.updated_at !== left.set.time) {
      return `has another time than revision ${left.set.revision}, which set it`;
    }
    return plan !== undefined && left.planned !== undefined && !isPlannedBy(plan, left.planned)
      ? `has a plan of another time, actor or reason than revision ${left.planned.revision}, which made it`
      : undefined;
  }

  #stateOf(text: string | null, revision: number): OverrideState | undefined {
    if (!isCanonical(text, overrideStateFromText, overrideStateToText)) {
      this.#findings.add(`changes: revision ${revision} holds what is no state of an override: ${text}`);
      return undefined;
    }
    return overrideStateFromText(text);
  }

  /** Whether changes of the organisation are no longer kept. */
  #isCut(): boolean {
    return this.#log.pruned > 0 && this.#log.prunedOf(this.#orgId) > 0;
  }
}

function storedState(override: OverrideRow | undefined, plan: ScheduledRow | undefined): OverrideState | undefined {
  return overrideStateFromRow({
    enabled: override?.enabled ?? null,
    updated_at: override?.updated_at ?? null,
    expires_at: override?.expires_at ?? null,
    scheduled_enabled: plan?.enabled ?? null,
    starts_at: plan?.starts_at ?? null,
    scheduled_expires_at: plan?.expires_at ?? null,
    planned_at: plan?.planned_at ?? null,
  });
}

function isPlannedBy({ planned_at, actor, reason }: ScheduledRow, change: ChangeRow): boolean {
  return planned_at === change.time && actor === change.actor && reason === change.reason;
}
