import type { DescMethod } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { asksOf, type Seen } from "./asks.ts";
import type { Enough, Send, WireRequest } from "./exchange.ts";
import { expectNoTrace } from "./no-trace.ts";
import { eventRequests } from "./ofrep.ts";
import { type Headers, requestsOf } from "./protocols.ts";
import type { Somebody, World } from "./world.ts";

/** Something without an end, and until when to follow it. */
interface Followed {
  readonly request: WireRequest;
  /** It has begun: what changes from then on it is told of, as far as it is told. */
  readonly hasBegun: Enough;
  /** It has told of the change that is not secret. */
  readonly isEnough: Enough;
  /** What tells that it was told of nothing before that. */
  readonly expected?: (markerRevision: string) => string;
}

const secretChanges = 20;

/** Follows what has no end, through changes that are secret and then one that is not. */
export async function follow(
  world: World,
  methods: readonly DescMethod[],
  send: Send,
  { seen, secrets }: Somebody,
  headers: Headers,
): Promise<void> {
  const { own } = seen;
  const mark = async (enabled: boolean, reason: string) => {
    const body = { feature_key: own.featureKey, enabled };
    await world.admin(`PUT /api/v1/org-feature-flags/${own.orgId}`, body, { "orgflags-reason": reason });
    const list = `GET /api/v1/changes?org_id=${own.orgId}&feature_key=${own.featureKey}&page_size=1`;
    const { changes } = (await world.admin(list)).body as { changes: readonly { revision: string }[] };
    return changes[0]?.revision ?? "";
  };
  await mark(true, "so that it changes");
  const streams = followedBy(methods, seen, headers).map((followed) => ({ ...followed, ...begin(send, followed) }));
  await Promise.all(streams.map(({ begun }) => begun));
  let left = secretChanges;
  await world.changeSecrets(() => left-- === 0);
  const markerRevision = await mark(false, "the marker");
  for (const { request, answer, expected = () => "" } of streams) {
    const arrived = await answer;
    expectNoTrace(request, arrived, secrets);
    expect([request.path, arrived.messages.join("\n")]).toEqual([
      request.path,
      expect.stringContaining(expected(markerRevision)),
    ]);
  }
}

function followedBy(methods: readonly DescMethod[], seen: Seen, headers: Headers): readonly Followed[] {
  const streams = methods.flatMap((method) => {
    const { named, unnamed } = asksOf(method);
    const list = [...named(seen.own), ...(unnamed?.(seen) ?? [])];
    return requestsOf(method, list, headers).map((request) => ({ request, ...followedAs(method.name, seen) }));
  });
  const events = eventRequests(seen.own.orgId, headers).map((request) => ({ request, ...ofrepEvents }));
  return [...streams, ...events];
}

const isThere: Enough = ({ messages }) => messages.length > 0;
const has = (text: string): Enough => {
  return ({ messages }) => messages.some((message) => message.includes(text));
};
const ofrepEvents: Omit<Followed, "request"> = {
  hasBegun: has("id: "),
  isEnough: has("refetchEvaluation"),
  expected: (markerRevision) => `"etag":"${markerRevision}"`,
};

function followedAs(method: string, { own }: Seen): Omit<Followed, "request"> {
  switch (method) {
    case "WatchChanges":
      return { hasBegun: isThere, isEnough: has("the marker") };
    case "EventStream":
      return { hasBegun: isThere, isEnough: has("configuration_change"), expected: () => own.featureKey };
    case "SyncFlags":
      return { hasBegun: isThere, isEnough: ({ messages }) => messages.length > 1 };
    default:
      return { hasBegun: isThere, isEnough: isThere };
  }
}

function begin(send: Send, { request, hasBegun, isEnough }: Followed) {
  const begun = Promise.withResolvers<void>();
  const answer = send(request, (soFar) => {
    if (hasBegun(soFar)) {
      begun.resolve();
    }
    return isEnough(soFar);
  });
  answer.then(() => begun.resolve(), begun.reject);
  return { begun: begun.promise, answer };
}
