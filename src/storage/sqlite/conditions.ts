import type Database from "better-sqlite3";
import type { WriteConditions } from "../../domain/call.ts";
import { DomainError, invalidArgument } from "../../domain/errors.ts";
import { isEnabled } from "../../domain/evaluation.ts";
import type { FeatureWrites } from "./feature-writes.ts";
import { selectLastChange } from "./last-change.ts";
import type { OverrideStates } from "./override-states.ts";
import type { WriteTarget } from "./write-target.ts";

/** Checks the conditions of writes, inside the transaction of the write. */
export class Conditions {
  readonly #features: FeatureWrites;
  readonly #states: OverrideStates;
  readonly #lastChange: Database.Statement<{ orgId: string }, number>;
  readonly #catalogueRevision: Database.Statement<[], number>;

  constructor(db: Database.Database, features: FeatureWrites, states: OverrideStates) {
    this.#features = features;
    this.#states = states;
    this.#lastChange = db.prepare<{ orgId: string }, number>(selectLastChange).pluck();
    this.#catalogueRevision = db.prepare<[], number>("SELECT catalogue_revision FROM summary").pluck();
  }

  /** Throws `ABORTED` where a condition does not hold, `INVALID_ARGUMENT` where the write can't have it. */
  require({ ifRevision, ifMatch }: WriteConditions, target: WriteTarget): void {
    if (ifRevision !== undefined) {
      this.#requireRevision(ifRevision, target.orgId);
    }
    if (ifMatch !== undefined) {
      this.#requireMatch(ifMatch, target);
    }
  }

  #requireRevision(expected: number, orgId: string | undefined): void {
    if (orgId === undefined) {
      const description = "is only for writes that are about exactly one organisation; leave it out";
      throw invalidArgument([{ field: "orgflags-if-revision", description }]);
    }
    const last = this.#lastChange.get({ orgId }) ?? 0;
    if (last !== expected) {
      const message = `orgflags-if-revision: the last change of the organisation "${orgId}" is revision ${last}, not ${expected}`;
      throw new DomainError("ABORTED", message);
    }
  }

  #requireMatch(versions: readonly string[], target: WriteTarget): void {
    const { what, version } = this.#versionOf(target);
    const holds = version !== undefined && versions.some((given) => given === "*" || version.matches(given));
    if (!holds) {
      const now = version === undefined ? "is not there" : `has the version "${version.text}"`;
      const message = `If-Match: ${what} ${now}, which is not what was asked for; read it again`;
      throw new DomainError("ABORTED", message, [], "IF_MATCH");
    }
  }

  #versionOf(target: WriteTarget): { what: string; version: Version | undefined } {
    switch (target.kind) {
      case "flag":
        return { what: `the flag "${target.featureKey}" of "${target.orgId}"`, version: this.#flagVersion(target) };
      case "organisation":
        return { what: `the organisation "${target.orgId}"`, version: this.#organisationVersion(target.orgId) };
      case "feature":
        return { what: `the feature "${target.featureKey}"`, version: this.#featureVersion(target.featureKey) };
      case "other": {
        const description = "is not for batches, reverts and the creation of features; leave it out";
        throw invalidArgument([{ field: "If-Match", description }]);
      }
      default:
        return target satisfies never;
    }
  }

  #flagVersion({ orgId, featureKey }: { orgId: string; featureKey: string }): Version | undefined {
    const feature = this.#features.get(featureKey);
    if (feature === undefined || feature.archived) {
      return undefined;
    }
    return exactly(isEnabled(feature, this.#states.get(orgId, featureKey)?.state.setting?.enabled) ? "on" : "off");
  }

  #organisationVersion(orgId: string): Version {
    // Its third part says when a process read the organisation: nothing of what is stored.
    const text = `${this.#catalogueRevision.get()}.${this.#lastChange.get({ orgId }) ?? 0}.`;
    return { text: `${text}…`, matches: (given) => given.startsWith(text) };
  }

  #featureVersion(featureKey: string): Version | undefined {
    const feature = this.#features.get(featureKey);
    return feature && exactly(String(feature.revision));
  }
}

interface Version {
  readonly text: string;
  matches(given: string): boolean;
}

function exactly(text: string): Version {
  return { text, matches: (given) => given === text };
}
