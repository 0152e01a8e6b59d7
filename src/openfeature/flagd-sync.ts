import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { FlagSyncService } from "../../gen/flagd/sync/v1/sync_pb.ts";
import type { Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Flags } from "../flags/flags.ts";
import type { WatchEvent } from "../flags/watch-event.ts";
import { requestHeader } from "../rpc/call-headers.ts";
import { scopeOf } from "../rpc/caller.ts";
import type { AllOrganisations } from "./all-organisations.ts";
import { bursts } from "./bursts.ts";
import type { OrgFrom } from "./evaluation-context.ts";
import { type Definitions, documentOf, organisationDefinitions } from "./flag-definitions.ts";
import { syncedOrganisation } from "./named-organisation.ts";
import { Scopes } from "./scopes.ts";

type Documents = AsyncGenerator<string, void, undefined>;

// The stream has no sign of life of its own: what the watch says of itself is passed over.
const heartbeatMs = 300_000;

/** `flagd.sync.v1.FlagSyncService` over the given flags. */
export function flagdSync(flags: Flags, orgFrom: OrgFrom): ServiceImpl<typeof FlagSyncService> {
  const scopes = new Scopes(flags, orgFrom);
  return {
    async *syncFlags(request, call) {
      const orgId = selected(request, call);
      const scope = scopeOf(call);
      const documents =
        orgId === undefined
          ? followAll(flags, scopes.of(scope), scope, call.signal)
          : followOne(flags, orgId, scope, call.signal);
      for await (const flagConfiguration of documents) {
        yield { flagConfiguration };
      }
      // Clients take an end without an error for good, and would not connect again.
      call.signal.throwIfAborted();
    },
    async fetchAllFlags(request, call) {
      const orgId = selected(request, call);
      const scope = scopeOf(call);
      const definitions =
        orgId === undefined ? (await scopes.of(scope).read()).definitions() : await definitionsOf(flags, orgId, scope);
      return { flagConfiguration: documentOf(definitions) };
    },
    getMetadata: () => ({ metadata: {} }),
  };
}

function selected({ selector }: { readonly selector: string }, call: HandlerContext): string | undefined {
  return syncedOrganisation(selector, (name) => requestHeader(call, name));
}

function definitionsOf(flags: Flags, orgId: string, scope: Scope): Awaitable<Definitions> {
  return whenReady(flags.evaluateAll(orgId, scope), (evaluations) => organisationDefinitions(orgId, evaluations));
}

async function* followOne(flags: Flags, orgId: string, scope: Scope, signal: AbortSignal): Documents {
  const watch = flags.watch({ filter: { orgId, featureKey: undefined, scope }, heartbeatMs, signal });
  yield* documents(bursts(watch), () => definitionsOf(flags, orgId, scope));
}

async function* followAll(flags: Flags, all: AllOrganisations, scope: Scope, signal: AbortSignal): Documents {
  const { revision } = await all.join();
  try {
    const filter = { orgId: undefined, featureKey: undefined, scope };
    const watch = flags.watch({ filter, fromRevision: revision, heartbeatMs, signal });
    yield* documents(bursts(watch), (events) => {
      for (const event of events) {
        if (event.kind === "change") {
          all.kept.apply(event.change);
        }
      }
      return all.kept.definitions();
    });
  } finally {
    all.leave();
  }
}

/** A document at once, and another one when the flags have become others. */
async function* documents(
  events: AsyncIterable<readonly WatchEvent[]>,
  read: (events: readonly WatchEvent[]) => Awaitable<Definitions>,
): Documents {
  let sent: string | undefined;
  for await (const burst of events) {
    const definitions = await read(burst);
    if (definitions.flags !== sent) {
      sent = definitions.flags;
      yield documentOf(definitions);
    }
  }
}
