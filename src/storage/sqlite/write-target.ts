import type { Call } from "../../domain/call.ts";
import type { Change } from "../../domain/change.ts";
import type { OverrideUpdate } from "../../domain/override.ts";
import type { DueScope } from "./due-writes.ts";
import type { WriteRequest } from "./writer.ts";

const uncalled = ["applyDue", "pruneHistory", "noteTokenUses"] as const;

/** A write that somebody asked for, and not the clock or the service itself. */
export type CalledRequest = Exclude<WriteRequest, { method: (typeof uncalled)[number] }>;

/** What a write is about: one thing that has a version, or `other`; `orgId` where that is exactly one organisation. */
export type WriteTarget =
  | { readonly kind: "flag"; readonly orgId: string; readonly featureKey: string }
  | { readonly kind: "organisation"; readonly orgId: string }
  | { readonly kind: "feature"; readonly orgId: undefined; readonly featureKey: string }
  | { readonly kind: "other"; readonly orgId: string | undefined };

/** Whether somebody asked for a write. */
export function isCalled(request: WriteRequest): request is CalledRequest {
  return uncalled.every((method) => method !== request.method);
}

/** Who asks for a write, why, and on what conditions. */
export function callOf(request: CalledRequest): Call {
  switch (request.method) {
    case "createOverride":
      return request.args[3];
    case "updateFeature":
    case "deleteFeature":
    case "revertChange":
      return request.args[2];
    case "updateOverrides":
    case "deleteOverrides":
    case "createFeature":
      return request.args[1];
    default:
      return request satisfies never;
  }
}

/** Says what a write is about; `changeOf` finds the change that a revert undoes. */
export function targetOf(request: CalledRequest, changeOf: (revision: number) => Change | undefined): WriteTarget {
  switch (request.method) {
    case "createOverride":
      return { kind: "flag", orgId: request.args[0], featureKey: request.args[1] };
    case "updateOverrides":
      return targetOfUpdates(request.args[0]);
    case "deleteOverrides":
      return { kind: "organisation", orgId: request.args[0] };
    case "updateFeature":
    case "deleteFeature":
      return { kind: "feature", orgId: undefined, featureKey: request.args[0] };
    case "createFeature":
      return { kind: "other", orgId: undefined };
    case "revertChange": {
      const change = changeOf(request.args[0]);
      return { kind: "other", orgId: change?.kind === "override" ? change.orgId : undefined };
    }
    default:
      return request satisfies never;
  }
}

/** Says which organisations and which feature a write finds and leaves otherwise; see `targetOf`. */
export function scopeOf(request: CalledRequest, changeOf: (revision: number) => Change | undefined): DueScope {
  switch (request.method) {
    case "createOverride":
    case "deleteOverrides":
      return { orgIds: [request.args[0]], featureKey: undefined };
    case "updateOverrides":
      return { orgIds: new Set(request.args[0].map(({ orgId }) => orgId)), featureKey: undefined };
    case "deleteFeature":
      return { orgIds: [], featureKey: request.args[0] };
    case "createFeature":
    case "updateFeature":
      return { orgIds: [], featureKey: undefined };
    case "revertChange": {
      const change = changeOf(request.args[0]);
      return change?.kind === "override"
        ? { orgIds: [change.orgId], featureKey: undefined }
        : { orgIds: [], featureKey: change?.featureKey };
    }
    default:
      return request satisfies never;
  }
}

function targetOfUpdates(updates: readonly OverrideUpdate[]): WriteTarget {
  const [first] = updates;
  if (first === undefined || updates.some(({ orgId }) => orgId !== first.orgId)) {
    return { kind: "other", orgId: undefined };
  }
  // What is no batch has no place in one.
  return updates.length === 1 && first.at === ""
    ? { kind: "flag", orgId: first.orgId, featureKey: first.featureKey }
    : { kind: "other", orgId: first.orgId };
}
