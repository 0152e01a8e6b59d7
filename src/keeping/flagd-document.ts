import { isEnabled } from "../domain/evaluation.ts";
import type { Feature } from "../domain/feature.ts";
import { settleState } from "../domain/past.ts";
import type { OrgFrom } from "../openfeature/evaluation-context.ts";
import { documentText, organisationDefinitions, targetedDefinition } from "../openfeature/flag-definitions.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import type { ExportScope } from "./export-record.ts";

/**
 * The flag definitions of flagd of what is in effect: those of an organisation, or with a rule for each organisation that has
 * an override. `now`, in milliseconds since 1970, UTC, says what has begun and ended by itself.
 */
export function flagdDocument(snapshot: Snapshot, scope: ExportScope, orgFrom: OrgFrom, now: number): string {
  const features = [...snapshot.features()].filter(
    ({ featureKey, archived }) => !archived && (scope.featureKey ?? featureKey) === featureKey,
  );
  const { orgId } = scope;
  return orgId === undefined
    ? ofAll(snapshot, features, orgFrom, now)
    : documentText(organisationDefinitions(orgId, evaluations(snapshot, features, orgId, now)));
}

function ofAll(snapshot: Snapshot, features: readonly Feature[], orgFrom: OrgFrom, now: number): string {
  const flags = features.map(({ featureKey, defaultEnabled }) => {
    const [on, off]: [string[], string[]] = [[], []];
    for (const { orgId, state } of snapshot.flags({ orgId: undefined, featureKey })) {
      const { setting } = settleState(state, now);
      if (setting !== undefined) {
        (setting.enabled ? on : off).push(orgId);
      }
    }
    return targetedDefinition(featureKey, defaultEnabled, { on, off }, orgFrom);
  });
  return documentText({ flags: `{${flags.join(",")}}`, orgId: undefined, revision: snapshot.revision });
}

function evaluations(snapshot: Snapshot, features: readonly Feature[], orgId: string, now: number) {
  const own = new Map(
    Array.from(snapshot.flags({ orgId, featureKey: undefined }), ({ featureKey, state }) => [
      featureKey,
      settleState(state, now).setting?.enabled,
    ]),
  );
  const flags = features.map((feature) => {
    const override = own.get(feature.featureKey);
    return [feature.featureKey, { enabled: isEnabled(feature, override), isOverride: override !== undefined }] as const;
  });
  return { revision: snapshot.revision, toMap: () => new Map(flags) };
}
