import { settleState } from "../domain/past.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import {
  changeRecord,
  type ExportScope,
  endRecord,
  featureRecord,
  headRecord,
  overrideRecord,
} from "./export-record.ts";

/**
 * The lines of an export, without their ends: of one state always the same. `now`, in milliseconds since 1970, UTC, says
 * what has begun and ended by itself. An organisation's are its overrides alone: features are everybody's.
 */
export function* jsonLines(snapshot: Snapshot, scope: ExportScope, history: boolean, now: number): Generator<string> {
  yield JSON.stringify(headRecord(scope));
  for (const feature of scope.orgId === undefined ? snapshot.features() : []) {
    if (scope.featureKey === undefined || scope.featureKey === feature.featureKey) {
      yield JSON.stringify(featureRecord(feature.featureKey, feature));
    }
  }
  for (const { orgId, featureKey, state } of snapshot.flags(scope)) {
    const settled = settleState(state, now);
    if (settled.setting !== undefined || settled.scheduled !== undefined) {
      yield JSON.stringify(overrideRecord(orgId, featureKey, settled));
    }
  }
  for (const change of history ? snapshot.changes(scope) : []) {
    yield JSON.stringify(changeRecord(change));
  }
  yield JSON.stringify(endRecord);
}
