import { openHttp1Load } from "../load/http1-load.ts";
import { ask, encodeRequest } from "../load/http1-request.ts";
import { Latencies, percentile } from "../load/latencies.ts";
import { openPacedLoad } from "../load/paced-load.ts";
import { orgflagsCommand, type Subject, type SubjectCommand } from "../process/subject.ts";
import type { DurableFloor } from "../subjects/durable-floor.ts";
import { connections, forEachOf, restCheck, unarySeed } from "./check-call.ts";
import { fixedAnswerOf } from "./fixed-answer-of.ts";
import { measureLoad, stopInTime } from "./measure-load.ts";
import { put, putTraffic, verifyPut } from "./put-call.ts";
import { type Comparison, type Contender, type Row, runRounds } from "./row.ts";
import type { Sample } from "./sample.ts";
import { onStage } from "./stage.ts";

const writers = 64;
const checksPerSecond = 2000;
const putsPerSecond = 1000;
const byItself = "orgflags, each write by itself";
const alone = "checks alone";
const besideWrites = "checks beside 1,000 PUT/s";
const floorAlone = "node:http floor, checks alone";
const floorBesideWrites = "node:http floor, checks beside 1,000 PUT/s";

const putComparisons: readonly Comparison[] = [
  { subject: "orgflags", against: byItself, metric: "requestsPerSecond", bound: { kind: "at least", value: 3 } },
];

const besideComparisons: readonly Comparison[] = [
  { subject: besideWrites, against: alone, metric: "p99Ms", bound: { kind: "at most", value: 2 } },
  { subject: floorBesideWrites, against: floorAlone, metric: "p99Ms" },
  { subject: besideWrites, against: floorBesideWrites, metric: "p99Ms" },
];

/** Durable writes, batched and one by one. */
export const putRow: Row = {
  name: "put",
  work: "durable PUT, 64 clients",
  run: (bench) =>
    onStage(async (start) => {
      const seed = unarySeed(writers);
      const preload = "bench/process/commit-each-write.ts";
      const batched = await start(orgflagsCommand(bench.workspace.newSeeded(seed)));
      const single = await start({ ...orgflagsCommand(bench.workspace.newSeeded(seed)), preload });
      const contenders = [await putContender("orgflags", batched), await putContender(byItself, single)];
      return runRounds(contenders, putComparisons, bench);
    }),
};

async function putContender(subject: string, server: Subject): Promise<Contender> {
  await verifyPut(server.url);
  const traffic = putTraffic(server.url, writers, []);
  return { subject, measure: (seconds) => measureLoad(server, () => openHttp1Load(server.url, traffic), seconds) };
}

/** How even reads are while others write: both at a fixed pace, so that the server is busy, but not saturated. */
export const besideWritesRow: Row = {
  name: "check-beside-writes",
  work: "REST check, 2,000/s",
  run: (bench) =>
    onStage(async (start) => {
      const { workingSet } = bench.scale;
      const server = await start(orgflagsCommand(bench.workspace.newSeeded(unarySeed(workingSet + writers))));
      const floor = await start(await durableFloorCommand(server, bench.workspace.newFile()));
      const contenders = [
        ...besideContenders(floor, [floorAlone, floorBesideWrites], workingSet),
        ...besideContenders(server, [alone, besideWrites], workingSet),
      ];
      return runRounds(contenders, besideComparisons, bench);
    }),
};

async function durableFloorCommand({ url }: Subject, file: string): Promise<SubjectCommand> {
  await verifyPut(url);
  const [read, written] = [await ask(url, restCheck(0)), await ask(url, put(0, true))];
  const floor: DurableFloor = { read: fixedAnswerOf(read), written: fixedAnswerOf(written), file };
  return { file: "bench/subjects/durable-floor.ts", args: [JSON.stringify(floor)] };
}

function besideContenders(
  server: Subject,
  [aloneName, besideName]: readonly [string, string],
  organisations: number,
): Contender[] {
  const count: number[] = [];
  const checks = (seconds: number) => measureChecks(server, organisations, seconds);
  return [
    { subject: aloneName, measure: checks },
    { subject: besideName, measure: (seconds) => besidePuts(server, count, () => checks(seconds)) },
  ];
}

async function measureChecks(server: Subject, organisations: number, seconds: number): Promise<Sample> {
  const encoded = forEachOf(organisations, (organisation) =>
    encodeRequest(server.url, restCheck(writers + organisation)),
  );
  let turn = 0;
  const next = (): Buffer => encoded[turn++ % encoded.length] ?? Buffer.alloc(0);
  const traffic = { connections, next, expectedStatus: 200 };
  const sample = await measureLoad(server, () => openPacedLoad(server.url, traffic, checksPerSecond), seconds);
  const { requestsPerSecond = 0, p50Ms = 0, p99Ms = 0, busyCores = 0, othersCores = 0 } = sample;
  return { requestsPerSecond, p50Ms, p99Ms, busyCores, othersCores };
}

async function besidePuts(server: Subject, count: number[], measure: () => Promise<Sample>): Promise<Sample> {
  const puts = await openPacedLoad(server.url, putTraffic(server.url, writers, count), putsPerSecond);
  const answered = new Latencies();
  try {
    const beganAt = performance.now();
    puts.start(answered);
    const sample = await measure();
    const took = (performance.now() - beganAt) / 1000;
    const taken = answered.take();
    await stopInTime(puts);
    const [writeP50Ms, writeP99Ms] = [percentile(taken, 0.5), percentile(taken, 0.99)];
    return { ...sample, writesPerSecond: taken.length / took, writeP50Ms, writeP99Ms };
  } finally {
    puts.close();
  }
}
