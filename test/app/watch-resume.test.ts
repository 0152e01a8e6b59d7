import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";

const watchPath = "/api/v1/changes:watch";
const features = ["sms_reminders", "multi_template", "a.feature"];
const organisations = ["acme", "globex"];

interface Told {
  readonly revision: number;
  readonly isChange: boolean;
}

/** A watch of one organisation behind a revision, cut off with the signal. */
type Watch = (url: string, orgId: string, revision: number, signal: AbortSignal) => AsyncIterable<Told>;

async function* pieces(url: string, headers: Record<string, string>, separator: string, signal: AbortSignal) {
  const answer = await fetch(url, { headers, signal });
  expect(answer.status).toBe(200);
  let rest = "";
  for await (const chunk of (answer.body ?? expect.fail("no body")).pipeThrough(new TextDecoderStream())) {
    const whole = (rest + chunk).split(separator);
    rest = whole.pop() ?? "";
    yield* whole;
  }
}

function toldBy(json: string): Told {
  const { revision, change } = JSON.parse(json);
  return { revision: Number(revision), isChange: change !== undefined };
}

const watches: Readonly<Record<string, Watch>> = {
  "lines of JSON, by from_revision": async function* (url, orgId, revision, signal) {
    const target = `${url}${watchPath}?org_id=${orgId}&from_revision=${revision}`;
    for await (const line of pieces(target, {}, "\n", signal)) {
      yield toldBy(line);
    }
  },
  "Server-Sent Events, by Last-Event-ID": async function* (url, orgId, revision, signal) {
    const headers = { accept: "text/event-stream", "last-event-id": String(revision) };
    // What a browser asked for at first stands in its address for ever.
    const target = `${url}${watchPath}?org_id=${orgId}&from_revision=4&snapshot=true`;
    for await (const event of pieces(target, headers, "\n\n", signal)) {
      const [, id = "", json = ""] = /^id: (\d+)\ndata: (.*)$/.exec(event) ?? expect.fail(event);
      expect(toldBy(json).revision).toBe(Number(id));
      yield toldBy(json);
    }
  },
  "gRPC, by from_revision": async function* (url, orgId, revision, signal) {
    const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url }));
    for await (const message of client.watchChanges({ orgId, fromRevision: BigInt(revision) }, { signal })) {
      yield { revision: Number(message.revision), isChange: message.event.case === "change" };
    }
  },
};

/** Watches until a revision, cut after every few messages; answers the revisions of the changes it was told of. */
async function follow(watch: Watch, urls: readonly string[], orgId: string, cuts: Iterator<number>, end: () => number) {
  const seen: number[] = [];
  for (let at = 4, turn = 0; at < end(); turn++) {
    const cut = new AbortController();
    let left = cuts.next().value ?? 3;
    try {
      for await (const { revision, isChange } of watch(urls[turn % urls.length] ?? "", orgId, at, cut.signal)) {
        // Not after all: a watch that repeats would never come to an end.
        expect(revision).toBeGreaterThanOrEqual(isChange ? Math.max(at, seen.at(-1) ?? 0) + 1 : at);
        if (isChange) {
          seen.push(revision);
        }
        at = revision;
        left -= 1;
        if (left <= 0 || at >= end()) {
          cut.abort();
          break;
        }
      }
    } catch (error) {
      // What was cut off may say so.
      if (!cut.signal.aborted) {
        throw error;
      }
    }
  }
  return seen;
}

test.for(Object.entries(watches))(
  "a watch that is cut at any moment and resumed misses nothing and repeats nothing: %s",
  { timeout: 120_000 },
  async ([, watch]) => {
    const step = fc.record({
      orgId: fc.constantFrom(...organisations),
      feature_key: fc.constantFrom(...features),
      enabled: fc.boolean(),
      process: fc.nat(1),
    });
    const history = fc.array(step, { minLength: 10, maxLength: 25 });
    const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 100, maxLength: 100 });
    const run = async (
      steps: readonly { orgId: string; feature_key: string; enabled: boolean; process: number }[],
      every: readonly number[],
    ) => {
      const first = await startApp();
      const second = await startApp({ databaseFile: first.databaseFile });
      const urls = [first.url, second.url];
      let end = Number.POSITIVE_INFINITY;
      const following = organisations.map((orgId) => follow(watch, urls, orgId, every.values(), () => end));
      for (const { orgId, process, ...body } of steps) {
        await restCall({ url: urls[process] ?? "" }, `PUT /api/v1/org-feature-flags/${orgId}`, body);
      }
      // The last one reaches both organisations.
      const { headers } = await restCall(first, "PATCH /api/v1/features/sms_reminders", { description: "the end" });
      end = Number(headers.get("orgflags-revision"));
      // Who heard of that one before its answer was here waits for another one.
      await restCall(first, "PATCH /api/v1/features/sms_reminders", { description: "more" });
      for (const [index, orgId] of organisations.entries()) {
        const { body } = await restCall(
          first,
          `GET /api/v1/changes?oldest_first=true&min_revision=5&max_revision=${end}&org_id=${orgId}`,
        );
        // As ListChanges has them; another test compares its answers.
        const all = (body.changes as { revision: string }[]).map(({ revision }) => Number(revision));
        expect((await following[index])?.filter((revision) => revision <= end)).toEqual(all);
      }
    };
    await fc.assert(fc.asyncProperty(history, cuts, run), { numRuns: 5, endOnFailure: true });
  },
);
