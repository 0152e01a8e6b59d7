import type { JsonObject } from "@bufbuild/protobuf";
import type { Scope } from "../domain/access.ts";
import type { Change } from "../domain/change.ts";
import type { Flags } from "../flags/flags.ts";
import type { WatchEvent } from "../flags/watch-event.ts";
import { bursts } from "./bursts.ts";
import { isShutdown } from "./stream-end.ts";

/** One event of flagd's `EventStream`. A type, not an interface: it makes a message. */
export type FlagdEvent = {
  readonly type: "provider_ready" | "configuration_change" | "keep_alive" | "provider_shutdown";
  readonly data?: JsonObject;
};

type ChangeType = "write" | "update" | "delete";

const silenceMs = 20_000;

/**
 * The events of flagd's `EventStream`: that it is ready, at once; then which flags may have changed for any
 * organisation of a scope, and a sign of life after 20 s of silence. It ends with the reason of the signal: clients take an end
 * without an error for good, and would not connect again.
 */
export async function* flagdEvents(
  flags: Flags,
  scope: Scope,
  signal: AbortSignal,
): AsyncGenerator<FlagdEvent, void, undefined> {
  const filter = { orgId: undefined, featureKey: undefined, scope };
  const watch = flags.watch({ filter, heartbeatMs: silenceMs, signal });
  let isReady = false;
  for await (const events of bursts(watch)) {
    if (!isReady) {
      isReady = true;
      yield { type: "provider_ready" };
    } else if (!events.some(isChange)) {
      yield { type: "keep_alive" };
    }
    if (events.some(isChange)) {
      yield configurationChange(events);
    }
  }
  if (isShutdown(signal)) {
    yield { type: "provider_shutdown" };
  }
  signal.throwIfAborted();
}

function isChange({ kind }: WatchEvent): boolean {
  return kind === "change";
}

function configurationChange(events: readonly WatchEvent[]): FlagdEvent {
  const changes = events.flatMap((event) => (event.kind === "change" ? [event.change] : []));
  // Of several changes of a flag the last one counts.
  const flags = Object.fromEntries(changes.map((change) => [change.featureKey, { type: typeOf(change) }]));
  return { type: "configuration_change", data: { flags } };
}

/** An archived flag is in no answer: to clients it is not there. */
function typeOf(change: Change): ChangeType {
  if (change.kind === "override") {
    return "update";
  }
  const wasThere = change.before?.archived === false;
  const isThere = change.after?.archived === false;
  return isThere ? (wasThere ? "update" : "write") : "delete";
}
