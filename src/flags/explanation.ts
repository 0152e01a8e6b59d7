import type { Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Change } from "../domain/change.ts";
import { isEnabled } from "../domain/evaluation.ts";
import { toldChange } from "../domain/told-change.ts";
import type { Store } from "../storage/store.ts";
import { inEffect } from "./effective-flags.ts";
import type { Explanation } from "./moment.ts";

/** Says why a feature is on or off for an organisation; `NOT_FOUND` of a feature that is archived or not there. */
export function explain(
  store: Store,
  orgId: string,
  featureKey: string,
  scope: Scope | undefined,
): Awaitable<Explanation> {
  return whenReady(store.readOrigin(orgId, featureKey), ({ feature, override, overrideChange, featureChange }) => {
    const inCatalogue = inEffect(featureKey, feature);
    const setting = override?.setting;
    // Without an override, what made it so is its removal or a change of the default.
    const since = setting === undefined ? later(featureChange, overrideChange) : overrideChange;
    return {
      enabled: isEnabled(inCatalogue, setting?.enabled),
      isOverride: setting !== undefined,
      feature: inCatalogue,
      override,
      since: since && toldChange(since, scope),
    };
  });
}

function later(change: Change | undefined, other: Change | undefined): Change | undefined {
  return (change?.revision ?? 0) > (other?.revision ?? 0) ? change : other;
}
