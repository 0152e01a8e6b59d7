import type Database from "better-sqlite3";
import { type OverrideState, sameSetting } from "../../domain/override.ts";
import { expiryActor, scheduleActor } from "../store.ts";
import type { Author, ChangeLog } from "./change-log.ts";
import { selectNextDue } from "./next-due.ts";
import type { OverrideStates } from "./override-states.ts";

// So many at a time that other writes are not held up.
const maxDueAtOnce = 1000;

/** What begins (a plan) or ends (an override) by itself. */
interface Due {
  readonly org_id: string;
  readonly feature_key: string;
  readonly begins: 0 | 1;
}

/** What a write is about. */
export interface DueScope {
  readonly orgIds: Iterable<string>;
  readonly featureKey: string | undefined;
}

/** The writes that the clock makes, inside a transaction: overrides that end and plans that begin. */
export class DueWrites {
  readonly #log: ChangeLog;
  readonly #states: OverrideStates;
  readonly #next: Database.Statement<[], number | null>;
  readonly #first: Database.Statement<{ clock: number }, Due>;
  readonly #ofOrganisation: Database.Statement<{ clock: number; key: string }, Due>;
  readonly #ofFeature: Database.Statement<{ clock: number; key: string }, Due>;
  readonly #planner: Database.Statement<[string, string], Author>;

  constructor(db: Database.Database, log: ChangeLog, states: OverrideStates) {
    this.#log = log;
    this.#states = states;
    this.#next = db.prepare<[], number | null>(selectNextDue).pluck();
    this.#first = db.prepare(`${selectDue("true")} LIMIT 1`);
    // By the primary key: an organisation has few overrides, while many may be due.
    this.#ofOrganisation = db.prepare(selectDue("org_id = :key", "+"));
    this.#ofFeature = db.prepare(selectDue("feature_key = :key"));
    this.#planner = db.prepare("SELECT actor, reason FROM scheduled_settings WHERE org_id = ? AND feature_key = ?");
  }

  /**
   * Applies all that is due of an organisation, or without one a thousand at the most of what is due at all; answers
   * when something is next due, which may be over already.
   */
  apply(orgId?: string): number | undefined {
    if (orgId === undefined) {
      this.#applyFirst();
    } else {
      this.applyWithin({ orgIds: [orgId], featureKey: undefined });
    }
    return this.#next.get() ?? undefined;
  }

  /** Whether anything at all is due. */
  isAnyDue(): boolean {
    const next = this.#next.get();
    return typeof next === "number" && next <= this.#log.clock;
  }

  /** Applies all that is due of organisations and of a feature, so that a write finds them as they are at its time. */
  applyWithin({ orgIds, featureKey }: DueScope): void {
    const { clock } = this.#log;
    for (const key of orgIds) {
      this.#applyAll(() => this.#ofOrganisation.all({ clock, key }));
    }
    if (featureKey !== undefined) {
      this.#applyAll(() => this.#ofFeature.all({ clock, key: featureKey }));
    }
  }

  #applyFirst(): void {
    const { clock } = this.#log;
    for (let count = 0; count < maxDueAtOnce; count++) {
      // One by one: a plan that begins may end before the next thing is due.
      const first = this.#first.get({ clock });
      if (first === undefined) {
        return;
      }
      this.#apply(first);
    }
  }

  #applyAll(read: () => readonly Due[]): void {
    // Again until none is left: a plan that begins may have to end at once.
    for (let due = read(); due.length > 0; due = read()) {
      for (const each of due) {
        this.#apply(each);
      }
    }
  }

  #apply({ org_id: orgId, feature_key: featureKey, begins }: Due): void {
    const before = this.#states.get(orgId, featureKey)?.state;
    // A plan that has just begun took the place of what was to end.
    if (!isDue(before, begins, this.#log.clock)) {
      return;
    }
    if (begins === 1) {
      const author = { actor: scheduleActor, reason: this.#plannedBy(orgId, featureKey) };
      this.#states.replace(orgId, featureKey, before, begun(before), author);
    } else {
      const after = before?.scheduled && { setting: undefined, scheduled: before.scheduled };
      this.#states.replace(orgId, featureKey, before, after, { actor: expiryActor, reason: "" });
    }
  }

  #plannedBy(orgId: string, featureKey: string): string {
    const planner = this.#planner.get(orgId, featureKey);
    const reason = planner?.reason ? `: ${planner.reason}` : "";
    return `planned by ${planner?.actor}${reason}`;
  }
}

function isDue(state: OverrideState | undefined, begins: 0 | 1, clock: number): boolean {
  const time = begins === 1 ? state?.scheduled?.startsAt : state?.setting?.expiresAt;
  return time !== undefined && time <= clock;
}

/** The state when its plan has begun. A setting that stays the same stays the same object. */
function begun(before: OverrideState | undefined): OverrideState | undefined {
  if (before?.scheduled === undefined) {
    return before;
  }
  const { enabled, expiresAt } = before.scheduled;
  const setting = sameSetting(before.setting, before.scheduled) ? before.setting : { enabled, expiresAt };
  return { setting, scheduled: undefined };
}

/** `noIndex` before a time keeps SQLite from looking it up in the index of times. */
function selectDue(condition: string, noIndex: "+" | "" = ""): string {
  return `
    SELECT org_id, feature_key, expires_at AS due, 0 AS begins FROM overrides
    WHERE ${noIndex}expires_at <= :clock AND ${condition}
    UNION ALL
    SELECT org_id, feature_key, starts_at AS due, 1 AS begins FROM scheduled_settings
    WHERE ${noIndex}starts_at <= :clock AND ${condition}
    ORDER BY due, org_id, feature_key, begins`;
}
