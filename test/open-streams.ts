import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Service } from "../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { FlagSyncService } from "../gen/flagd/sync/v1/sync_pb.ts";
import { ChangeService } from "../gen/orgflags/v1/change_pb.ts";

/** Streams that are open, whatever becomes of them. */
export interface OpenStreams {
  /** How many have come to their end, or to an error, so far. */
  readonly ended: number;
  /** Closes them. */
  close(): void;
}

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

type Open = (asked: Asked) => AsyncIterable<unknown>;

/** A stream of each kind, of one organisation where it can be. */
const kinds: Readonly<Record<string, Open>> = {
  "a watch by REST": (asked) => bodyOf(asked, "/api/v1/changes:watch?org_id=acme", "application/x-ndjson"),
  "a watch by Server-Sent Events": (asked) => bodyOf(asked, "/api/v1/changes:watch", "text/event-stream"),
  "a watch by gRPC": (asked) => createClient(ChangeService, grpc(asked)).watchChanges({}, asked),
  "a watch by gRPC-Web": (asked) => createClient(ChangeService, grpcWeb(asked)).watchChanges({}, asked),
  "events of OFREP": (asked) => bodyOf(asked, "/ofrep/v1/events/acme", "text/event-stream"),
  "flagd's sync of one": (asked) =>
    createClient(FlagSyncService, grpc(asked)).syncFlags({ selector: "flagSetId=acme" }, asked),
  "flagd's sync of all": (asked) => createClient(FlagSyncService, grpc(asked)).syncFlags({}, asked),
  "flagd's events": (asked) => createClient(Service, grpc(asked)).eventStream({}, asked),
};

/** Opens a stream of each kind; resolves when each has told something, and reads on. */
export async function openStreams(url: string, headers: Readonly<Record<string, string>>): Promise<OpenStreams> {
  const closing = new AbortController();
  const streams = { ended: 0, close: () => closing.abort() };
  const begun = Object.entries(kinds).map(async ([kind, open]) => {
    const items = open({ url, headers, signal: closing.signal })[Symbol.asyncIterator]();
    const first = await items.next();
    if (first.done === true) {
      throw new Error(`${kind} has ended at once`);
    }
    readOn(items).then(() => {
      streams.ended += 1;
    });
  });
  await Promise.all(begun);
  return streams;
}

/** Resolves at the end, or at an error. */
async function readOn(items: AsyncIterator<unknown>): Promise<void> {
  try {
    while ((await items.next()).done !== true) {}
  } catch {
    // What ends a stream is not what this is about.
  }
}

async function* bodyOf({ url, headers, signal }: Asked, path: string, accept: string): AsyncIterable<unknown> {
  const answer = await fetch(url + path, { headers: { ...headers, accept }, signal });
  if (answer.status !== 200 || answer.body === null) {
    throw new Error(`${path} was answered ${answer.status} ${await answer.text()}`);
  }
  yield* answer.body;
}

function grpc({ url }: Asked): Transport {
  return createGrpcTransport({ baseUrl: url });
}

function grpcWeb({ url }: Asked): Transport {
  return createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" });
}
