import type { FeatureState } from "../domain/feature.ts";
import type { OverrideState } from "../domain/override.ts";
import type { Difference } from "../storage/import.ts";
import { featureMembers, overrideMembers } from "./export-record.ts";

/** Words a difference as one line: `+` for what is added, `-` for what is removed, `~` for what is changed. */
export function differenceText(difference: Difference): string {
  const { kind, featureKey } = difference;
  return kind === "feature"
    ? line(`feature ${featureKey}`, text(difference.before, featureMembers), text(difference.after, featureMembers))
    : line(
        `override ${difference.orgId} ${featureKey}`,
        text(difference.before, overrideMembers),
        text(difference.after, overrideMembers),
      );
}

/** The three counts of differences. */
export class DifferenceCounts {
  added = 0;
  changed = 0;
  removed = 0;

  /** Counts one. */
  count({ before, after }: Difference): void {
    if (before === undefined) {
      this.added++;
    } else if (after === undefined) {
      this.removed++;
    } else {
      this.changed++;
    }
  }

  get total(): number {
    return this.added + this.changed + this.removed;
  }
}

function text<T extends FeatureState | OverrideState>(state: T | undefined, members: (state: T) => object): string {
  return state === undefined ? "" : JSON.stringify(members(state));
}

function line(what: string, before: string, after: string): string {
  if (before === "") {
    return `+ ${what} ${after}`;
  }
  return after === "" ? `- ${what} ${before}` : `~ ${what} ${before} to ${after}`;
}
