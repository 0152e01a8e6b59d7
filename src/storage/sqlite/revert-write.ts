import type Database from "better-sqlite3";
import type { Call } from "../../domain/call.ts";
import type { Change, FeatureChange, OverrideChange } from "../../domain/change.ts";
import { DomainError } from "../../domain/errors.ts";
import { keepingSame, type OverrideState, remainsAt } from "../../domain/override.ts";
import type { Author, ChangeLog } from "./change-log.ts";
import type { ChangeLookup } from "./change-lookup.ts";
import type { FeatureWrites } from "./feature-writes.ts";
import type { OverrideStates } from "./override-states.ts";
import { requireChange } from "./write-scope.ts";

const maxNamed = 10;

/** The write that undoes a change, inside a transaction. */
export class RevertWrite {
  readonly #log: ChangeLog;
  readonly #lookup: ChangeLookup;
  readonly #features: FeatureWrites;
  readonly #states: OverrideStates;
  readonly #overrideSince: Database.Statement<[string, string, number], number>;
  readonly #featureSince: Database.Statement<[string, number], number>;

  constructor(
    db: Database.Database,
    parts: { log: ChangeLog; lookup: ChangeLookup; features: FeatureWrites; states: OverrideStates },
  ) {
    this.#log = parts.log;
    this.#lookup = parts.lookup;
    this.#features = parts.features;
    this.#states = parts.states;
    const since = (index: string, condition: string) => `
      SELECT revision FROM changes INDEXED BY ${index} WHERE ${condition} AND revision > ?
      ORDER BY revision LIMIT ${maxNamed + 1}`;
    this.#overrideSince = db
      .prepare<[string, string, number], number>(since("changes_by_organisation", "org_id = ? AND feature_key = ?"))
      .pluck();
    this.#featureSince = db
      .prepare<[string, number], number>(since("changes_of_features", "feature_key = ? AND org_id IS NULL"))
      .pluck();
  }

  revertChange(revision: number, force: boolean, call: Call): Change {
    const change = requireChange(call, revision, this.#lookup);
    if (!force) {
      this.#requireLast(change);
    }
    const author = { actor: call.actor, reason: call.reason === "" ? `reverts revision ${revision}` : call.reason };
    const hasChanged =
      change.kind === "feature" ? this.#revertFeature(change, force, author) : this.#revertOverride(change, author);
    const reverting = hasChanged ? this.#lookup.get(this.#lookup.bounds().lastRevision) : undefined;
    if (reverting === undefined) {
      const message = `to revert revision ${revision} would change nothing: ${this.#whyNothing(change)}`;
      throw new DomainError("FAILED_PRECONDITION", message);
    }
    return reverting;
  }

  #whyNothing(change: Change): string {
    return change.kind === "override" && hasPassed(change.before, this.#log.time)
      ? `of ${subject(change)} nothing of what was before is left to restore, as its time has passed`
      : `${subject(change)} is already as it was before`;
  }

  #revertFeature({ featureKey, before }: FeatureChange, force: boolean, author: Author): boolean {
    return this.#features.restoreFeature(featureKey, before, force, author);
  }

  #revertOverride({ orgId, featureKey, before, revision }: OverrideChange, author: Author): boolean {
    const now = this.#states.get(orgId, featureKey)?.state;
    const after = keepingSame(now, before && remainsAt(before, this.#log.time));
    if (now?.setting === after?.setting && now?.scheduled === after?.scheduled) {
      return false;
    }
    if (this.#features.get(featureKey) === undefined) {
      const message = `the feature "${featureKey}" of revision ${revision} is no longer in the catalogue; add it again first`;
      throw new DomainError("FAILED_PRECONDITION", message);
    }
    this.#features.forReset(featureKey, "");
    this.#states.replace(orgId, featureKey, now, after, author);
    return true;
  }

  #requireLast(change: Change): void {
    const { revision, featureKey } = change;
    const since =
      change.kind === "feature"
        ? this.#featureSince.all(featureKey, revision)
        : this.#overrideSince.all(change.orgId, featureKey, revision);
    if (since.length > 0) {
      const more = since.length > maxNamed ? " and more" : "";
      const message = `${subject(change)} has changed since, in ${since.slice(0, maxNamed).join(", ")}${more}; revert these first, or use force`;
      throw new DomainError("FAILED_PRECONDITION", message);
    }
  }
}

/** Whether a part of a state has ended or begun by a time, in milliseconds since 1970, UTC. */
function hasPassed(state: OverrideState | undefined, time: number): boolean {
  const remains = state && remainsAt(state, time);
  return state?.setting !== remains?.setting || state?.scheduled !== remains?.scheduled;
}

function subject(change: Change): string {
  return change.kind === "feature"
    ? `the feature "${change.featureKey}"`
    : `the override of "${change.featureKey}" for "${change.orgId}"`;
}
