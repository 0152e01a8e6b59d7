import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  GetChangeRequest,
  GetChangeResponseSchema,
  ListChangesRequest,
  ListChangesResponseSchema,
  RevertChangeRequest,
  RevertChangeResponseSchema,
  WatchChangesRequest,
  WatchChangesResponse,
} from "../../gen/orgflags/v1/change_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import { checkFeatureKey, checkOrgId, checkRange, requireValid } from "../domain/validation.ts";
import type { Flags } from "../flags/flags.ts";
import { changeMessage, watchMessage } from "./change-message.ts";
import { changeQuery } from "./change-query.ts";
import { MessageStream } from "./message-stream.ts";
import { checkRevision, encodeRevisionToken, revisionOf } from "./revision.ts";

const defaultHeartbeatSeconds = 15;
const maxHeartbeatSeconds = 300;

/** `orgflags.v1.ChangeService` over the given flags. */
export class ChangeServiceImpl {
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  listChanges(
    request: ListChangesRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof ListChangesResponseSchema>> {
    const query = { ...changeQuery(request), scope };
    // One more than a page holds tells whether there is another page.
    return whenReady(this.#flags.listChanges({ ...query, limit: query.limit + 1 }), (found) => {
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      const nextPageToken = last !== undefined && found.length > page.length ? encodeRevisionToken(last.revision) : "";
      return { changes: page.map(changeMessage), nextPageToken };
    });
  }

  getChange(
    { revision }: GetChangeRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof GetChangeResponseSchema>> {
    requireValid(checkRevision("revision", revision, 1n));
    return whenReady(this.#flags.getChange(Number(revision), scope), (change) => ({ change: changeMessage(change) }));
  }

  watchChanges(
    { orgId, featureKey, fromRevision, snapshot, heartbeatSeconds = defaultHeartbeatSeconds }: WatchChangesRequest,
    { scope }: Call,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncIterable<WatchChangesResponse> {
    requireValid(
      orgId === undefined ? undefined : checkOrgId("org_id", orgId),
      featureKey === undefined ? undefined : checkFeatureKey("feature_key", featureKey),
      checkRevision("from_revision", fromRevision, 0n),
      checkRange("heartbeat_seconds", heartbeatSeconds, 1, maxHeartbeatSeconds),
    );
    const watch = this.#flags.watch({
      filter: { orgId, featureKey, scope },
      fromRevision: revisionOf(fromRevision),
      snapshot,
      heartbeatMs: heartbeatSeconds * 1000,
      signal,
    });
    return new MessageStream(watch, watchMessage, signal);
  }

  async revertChange(
    { revision, force }: RevertChangeRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof RevertChangeResponseSchema>> {
    requireValid(checkRevision("revision", revision, 1n));
    return { change: changeMessage(await this.#flags.revertChange(Number(revision), force, call)) };
  }
}
