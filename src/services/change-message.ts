import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Change as ChangeMessage,
  ChangeSchema,
  type ChangeStateSchema,
  type SnapshotSchema,
  type WatchChangesResponse,
  WatchChangesResponseSchema,
} from "../../gen/orgflags/v1/change_pb.ts";
import { type Change, reachesAllWithoutOverride } from "../domain/change.ts";
import type { FeatureState } from "../domain/feature.ts";
import type { OverrideState } from "../domain/override.ts";
import { RecentMap } from "../domain/recent-map.ts";
import type { WatchEvent, WatchSnapshot } from "../flags/watch-event.ts";
import { featureMessage } from "./feature-message.ts";
import { overrideMessage, scheduledMessage } from "./override-message.ts";

type StateMessage = MessageInitShape<typeof ChangeStateSchema>;

// Those who are up to date ask for one change at about the same time. That of one long told is made anew, so that the
// messages, and the bytes that others keep for them, are bounded.
const told = new RecentMap<Change, WatchChangesResponse>(500);
let lastCaughtUp = create(WatchChangesResponseSchema);

/** Says a change in the words of the API. */
export function changeMessage(change: Change): ChangeMessage {
  const { revision, time, actor, reason, featureKey } = change;
  return create(ChangeSchema, {
    revision: BigInt(revision),
    time: timestampFromMs(time),
    actor,
    reason,
    featureKey,
    reachesAllWithoutOverride: reachesAllWithoutOverride(change),
    ...(change.kind === "override" && { orgId: change.orgId }),
    ...statesOf(change),
  });
}

/**
 * Says an event of a watch in the words of the API. All who watch get the same object for the same change, if it was
 * told lately, and for the same revision while nothing changes: who encodes messages can tell by it what is encoded already.
 */
export function watchMessage(event: WatchEvent): WatchChangesResponse {
  switch (event.kind) {
    case "change":
      return changeEvent(event.change);
    case "snapshot": {
      const value = snapshotMessage(event.snapshot);
      return create(WatchChangesResponseSchema, {
        revision: BigInt(event.revision),
        event: { case: "snapshot", value },
      });
    }
    case "caughtUp":
      return caughtUp(BigInt(event.revision));
    default:
      return event satisfies never;
  }
}

function changeEvent(change: Change): WatchChangesResponse {
  const known = told.get(change);
  if (known !== undefined) {
    return known;
  }
  const value = changeMessage(change);
  const message = create(WatchChangesResponseSchema, { revision: value.revision, event: { case: "change", value } });
  told.set(change, message);
  return message;
}

function caughtUp(revision: bigint): WatchChangesResponse {
  if (lastCaughtUp.revision !== revision) {
    lastCaughtUp = create(WatchChangesResponseSchema, { revision });
  }
  return lastCaughtUp;
}

function snapshotMessage({ features, overrides, flags }: WatchSnapshot): MessageInitShape<typeof SnapshotSchema> {
  return {
    features: features.map(featureMessage),
    overrides: overrides.map(overrideMessage),
    flags: { ...flags },
  };
}

function statesOf(change: Change): { before?: StateMessage; after?: StateMessage } {
  switch (change.kind) {
    case "feature":
      return {
        ...(change.before && { before: featureState(change.before) }),
        ...(change.after && { after: featureState(change.after) }),
      };
    case "override":
      return {
        ...(change.before && { before: overrideState(change.before) }),
        ...(change.after && { after: overrideState(change.after) }),
      };
    default:
      return change satisfies never;
  }
}

function featureState({ description, defaultEnabled, archived }: FeatureState): StateMessage {
  return { description, defaultEnabled, archived };
}

function overrideState({ setting, scheduled }: OverrideState): StateMessage {
  return {
    ...(setting !== undefined && { enabled: setting.enabled }),
    ...(setting?.expiresAt !== undefined && { expiresAt: timestampFromMs(setting.expiresAt) }),
    ...(scheduled !== undefined && { scheduled: scheduledMessage(scheduled) }),
  };
}
