import type { DescMethod } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { asksOf } from "./asks.ts";
import type { Enough, Send } from "./exchange.ts";
import { expectNoTrace } from "./no-trace.ts";
import { type Headers, requestsOf } from "./protocols.ts";
import type { Somebody, World } from "./world.ts";

const secretChanges = 14;

/** Follows what has no end, through changes that are secret and then one that is not. */
export async function follow(
  world: World,
  methods: readonly DescMethod[],
  send: Send,
  { seen, secrets }: Somebody,
  headers: Headers,
): Promise<void> {
  const { own } = seen;
  const mark = (enabled: boolean, reason: string) => {
    const body = { feature_key: own.featureKey, enabled };
    return world.admin(`PUT /api/v1/org-feature-flags/${own.orgId}`, body, { "orgflags-reason": reason });
  };
  await mark(true, "so that it changes");
  const streams = methods.flatMap((method) => {
    const { named, unnamed } = asksOf(method);
    const list = [...named(own), ...(unnamed?.(seen) ?? [])];
    return requestsOf(method, list, headers).map((request) => ({
      request,
      ...begin(send, request, endOf(method)),
      method,
    }));
  });
  await Promise.all(streams.map(({ begun }) => begun));
  let left = secretChanges;
  await world.changeSecrets(() => left-- === 0);
  await mark(false, "the marker");
  for (const { method, request, answer } of streams) {
    const arrived = await answer;
    expectNoTrace(request, arrived, secrets);
    if (method.name === "EventStream") {
      // Had it been told of the others, that would have come first.
      expect(arrived.messages.join("\n")).toContain(own.featureKey);
    }
  }
}

/** Tells also when the first of an answer is there. */
function begin(send: Send, request: Parameters<Send>[0], isEnough: Enough) {
  const first = Promise.withResolvers<void>();
  const answer = send(request, (soFar) => {
    first.resolve();
    return isEnough(soFar);
  });
  answer.then(() => first.resolve(), first.reject);
  return { begun: first.promise, answer };
}

/** When a stream has told of the change that is not secret. */
function endOf({ name }: DescMethod): Enough {
  switch (name) {
    case "WatchChanges":
      return ({ messages }) => messages.some((message) => message.includes("the marker"));
    case "EventStream":
      return ({ messages }) => messages.some((message) => message.includes("configuration_change"));
    case "SyncFlags":
      return ({ messages }) => messages.length > 1;
    default:
      return ({ messages }) => messages.length > 0;
  }
}
