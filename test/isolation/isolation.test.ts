import type { DescMethod } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { services } from "../../src/assembly/procedure-table.ts";
import { bearer, tokenFor } from "../token-for.ts";
import { asks, asksOf } from "./asks.ts";
import { type Send, type WireAnswer, type WireRequest, wireTo } from "./exchange.ts";
import { follow } from "./followed.ts";
import { expectNoTrace, withoutNames } from "./no-trace.ts";
import { eventRequests, ofrepRequests } from "./ofrep.ts";
import { pageRequests } from "./pages.ts";
import { type Headers, requestsOf } from "./protocols.ts";
import { everybody, type Somebody, startWorld, type World } from "./world.ts";

const methods: readonly DescMethod[] = services.flatMap((service) => service.methods);
const endless = methods.filter(({ methodKind }) => methodKind === "server_streaming");

test("every method is asked, and nothing else", () => {
  const asked = Object.entries(asks).flatMap(([service, its]) => Object.keys(its).map((name) => `${service}/${name}`));
  expect(asked.sort()).toEqual(methods.map(({ parent, name }) => `${parent.typeName}/${name}`).sort());
});

test.for(Object.entries(everybody))(
  "%s finds no trace of what is secret, while it changes",
  { timeout: 300_000 },
  async ([, somebody]) => {
    const world = await startWorld(somebody);
    const send = wireTo(world.app.url);
    const headers = bearer(tokenFor(world.app, somebody.role, { scope: somebody.scope, name: "eve" }));
    let isOver = false;
    const asking = (async () => {
      await world.changeFeature();
      const answers = await askAll(send, somebody, headers);
      await askInVain(send, somebody, headers);
      await replay(world, send, somebody, headers);
      return answers;
    })().finally(() => {
      isOver = true;
    });
    const [answers, changes] = await Promise.all([asking, world.changeSecrets(() => isOver)]);
    await follow(world, endless, send, somebody, headers);
    // Had everything been refused, nothing would have been looked at.
    expect([answers.filter(({ status }) => status === 200).length > 100, changes > 20]).toEqual([true, true]);
    expect(world.app.complaints).toEqual([]);
  },
);

/** Asks all that ends, about oneself and about nobody by name. */
async function askAll(send: Send, { seen, secrets }: Somebody, headers: Headers): Promise<readonly WireAnswer[]> {
  const answers: WireAnswer[] = [];
  const requests = methods
    .filter((method) => !endless.includes(method))
    .flatMap((method) => {
      const { named, unnamed } = asksOf(method);
      return requestsOf(method, [...named(seen.own), ...(unnamed?.(seen) ?? [])], headers);
    });
  const others = [...ofrepRequests(seen.own, headers), ...pageRequests(headers)];
  await eachOf([...requests, ...others], async (request) => {
    const answer = await send(request);
    answers.push(answer);
    expectNoTrace(request, answer, secrets);
  });
  return answers;
}

/** Asks by name for what is out of scope: what comes back does not depend on whether it is there. */
async function askInVain(send: Send, { outside, secrets }: Somebody, headers: Headers): Promise<void> {
  for (const [there, absent] of outside) {
    const [requests = [], others = []] = [there, absent].map((about) => [
      ...methods.flatMap((method) => requestsOf(method, asksOf(method).named(about), headers)),
      ...ofrepRequests(about, headers),
      ...eventRequests(about.orgId, headers),
    ]);
    // The names that were asked by are no news.
    const words = secrets.words.filter((word) => !`${there.orgId} ${there.featureKey}`.includes(word));
    await eachOf([...requests.entries()], async ([at, request]) => {
      const other = others[at] ?? request;
      if (!isSame(request, other)) {
        const answer = await send(request);
        const like = await send(other);
        const seen = (of: WireAnswer, about: typeof there) => [request.path, withoutNames(of, about)];
        expect(seen(answer, there)).toEqual(seen(like, absent));
        expectNoTrace(request, answer, { ...secrets, words });
      }
    });
  }
}

/** Sends a write again that somebody who sees all has made in the same name, under the same key. */
async function replay(world: World, send: Send, { outside, secrets }: Somebody, headers: Headers): Promise<void> {
  const [{ revision }] = outside[0] ?? expect.fail("nothing is outside");
  const key = { "idempotency-key": "the same" };
  const path = `/api/v1/changes/${revision}:revert`;
  await world.admin(`POST ${path}`, {}, { ...key, "orgflags-actor": "eve", "orgflags-reason": "merger" });
  const sent = { ...headers, ...key, "content-type": "application/json" };
  const request: WireRequest = { http: "1.1", method: "POST", path, body: Buffer.from("{}"), headers: sent };
  expectNoTrace(request, await send(request), secrets);
}

function isSame(request: WireRequest, other: WireRequest): boolean {
  const texts = [request, other].map(({ path, headers, body }) =>
    JSON.stringify([path, headers, body?.toString("hex")]),
  );
  return texts[0] === texts[1];
}

/** Several at a time, as clients do. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const workers = Array.from({ length: 8 }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await work(item);
    }
  });
  await Promise.all(workers);
}
