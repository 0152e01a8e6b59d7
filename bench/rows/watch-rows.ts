import assert from "node:assert/strict";
import { EventCrowd } from "../load/event-crowd.ts";
import { Http1Connection } from "../load/http1-connection.ts";
import { encodeRequest } from "../load/http1-request.ts";
import { percentile } from "../load/latencies.ts";
import { orgflagsCommand, type Subject, type SubjectCommand } from "../process/subject.ts";
import type { SseFloor } from "../subjects/sse-floor.ts";
import { unarySeed } from "./check-call.ts";
import { putTraffic } from "./put-call.ts";
import { type Bench, type Comparison, type Contender, type Row, runRounds } from "./row.ts";
import type { Sample } from "./sample.ts";
import { onStage, type Start } from "./stage.ts";
import { usageAtRest } from "./usage-at-rest.ts";
import { type FirstEvents, watchOnce } from "./watch-call.ts";

// One in so many watchers comes before the others that are measured.
const warmUpShare = 20;
// All watchers come from one address, and so does who writes.
const connectionsFlags = ["--max-connections-per-address", "10000"];
const floorName = "node:http SSE floor";
const subject = "orgflags";

const fanOutComparisons: readonly Comparison[] = [
  { subject, against: floorName, metric: "p99Ms", bound: { kind: "at most", value: 2 } },
  { subject, against: floorName, metric: "cpuMicros" },
];

/** From the answer to a write to the arrival of its change at every one of the watchers. */
export const watchRow: Row = {
  name: "watch",
  work: "a change to 5,000 watchers",
  run: (bench) =>
    onStage(async (start) => {
      const subjects = await startBoth(bench, start, []);
      const contenders = await Promise.all(
        subjects.map(([name, server, events]) => fanOut(name, server, events, bench.scale.watchers)),
      );
      try {
        return await runRounds(contenders, fanOutComparisons, bench);
      } finally {
        for (const { close } of contenders) {
          close();
        }
      }
    }),
};

const memoryComparisons: readonly Comparison[] = [
  { subject, against: floorName, metric: "residentBytes", bound: { kind: "at most", value: 2 } },
  { subject, against: floorName, metric: "heapBytes" },
];

/** What a watcher costs that has nothing to hear. */
export const watchMemoryRow: Row = {
  name: "watch-memory",
  work: "5,000 idle watchers",
  run: (bench) =>
    onStage(async (start) => {
      const subjects = await startBoth(bench, start, ["--expose-gc"]);
      const contenders = subjects.map(([name, server, events]) => ({
        subject: name,
        measure: () => measureIdle(server, events, bench.scale.watchers),
        coldIsMeant: true,
      }));
      return runRounds(contenders, memoryComparisons, { ...bench, rounds: 1 });
    }),
};

/** A server, what it is called, and how its events look. */
export type Both = readonly (readonly [name: string, server: Subject, events: FirstEvents])[];

/** Starts orgflags, and the floor with the very bytes that orgflags sends. */
export async function startBoth({ workspace }: Bench, start: Start, nodeFlags: readonly string[]): Promise<Both> {
  const orgflags = await start({
    ...orgflagsCommand(workspace.newSeeded(unarySeed(1)), ...connectionsFlags),
    nodeFlags,
  });
  const events = await watchOnce(orgflags.url);
  const floor: SseFloor = { headers: events.headers, firstEvent: events.first, event: events.change };
  const command: SubjectCommand = { file: "bench/subjects/sse-floor.ts", args: [JSON.stringify(floor)], nodeFlags };
  return [
    [floorName, await start(command), events],
    [subject, orgflags, events],
  ];
}

/** Writes one after the other, each when all watchers have heard of the one before. */
export async function fanOut(
  name: string,
  server: Subject,
  events: FirstEvents,
  watchers: number,
): Promise<Contender & { close(): void }> {
  const crowd = new EventCrowd(events.mark);
  await crowd.open(server.url, encodeRequest(server.url, events.request), watchers);
  const writer = await Http1Connection.open(server.url);
  const { next } = putTraffic(server.url, 1, []);
  return {
    subject: name,
    measure: (seconds) => measureFanOut(server, crowd, () => write(writer, next(0)), { watchers, seconds }),
    close() {
      crowd.close();
      writer.close();
    },
  };
}

async function measureFanOut(
  server: Subject,
  crowd: EventCrowd,
  write: () => Promise<number>,
  { watchers, seconds }: { readonly watchers: number; readonly seconds: number },
): Promise<Sample> {
  const latencies: number[] = [];
  const before = await server.usage();
  const endsAt = performance.now() + seconds * 1000;
  let writes = 0;
  do {
    const [answeredAt, receipts] = await Promise.all([write(), crowd.await(watchers)]);
    assert.equal(receipts.length, watchers, "a watcher got a change twice");
    latencies.push(...receipts.map((at) => Math.max(0, at - answeredAt)));
    writes++;
  } while (performance.now() < endsAt);
  const after = await server.usage();
  const sorted = Float64Array.from(latencies).sort();
  return {
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuMicros: (after.cpuMicros - before.cpuMicros) / (writes * watchers),
  };
}

/** Resolves with the time of the answer. */
export function write(writer: Http1Connection, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    writer.events = {
      answered: (status) => (status === 200 ? resolve(performance.now()) : reject(new Error(`status ${status}`))),
      failed: (why) => reject(new Error(why)),
    };
    writer.send(request);
  });
}

async function measureIdle(server: Subject, events: FirstEvents, watchers: number): Promise<Sample> {
  const request = encodeRequest(server.url, events.request);
  // So that compiled code and the caches of a used process are not counted among the watchers; few of them, since what
  // they leave behind would make room for the others.
  const first = new EventCrowd(events.mark);
  await first.open(server.url, request, Math.ceil(watchers / warmUpShare));
  first.close();
  const before = await usageAtRest(server);
  const crowd = new EventCrowd(events.mark);
  try {
    await crowd.open(server.url, request, watchers);
    const after = await usageAtRest(server);
    return {
      residentBytes: (after.residentBytes - before.residentBytes) / watchers,
      heapBytes: (after.heapBytes - before.heapBytes) / watchers,
    };
  } finally {
    crowd.close();
  }
}
