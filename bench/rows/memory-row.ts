import { setTimeout as delay } from "node:timers/promises";
import { openHttp1Load } from "../load/http1-load.ts";
import { encodeRequest } from "../load/http1-request.ts";
import { Latencies } from "../load/latencies.ts";
import { orgflagsCommand, type Subject } from "../process/subject.ts";
import { connections, restCheck, unarySeed } from "./check-call.ts";
import { stopInTime } from "./measure-load.ts";
import { type Bench, type Comparison, type Row, runRounds } from "./row.ts";
import type { Sample } from "./sample.ts";
import { onStage } from "./stage.ts";
import { usageAtRest } from "./usage-at-rest.ts";

const subject = "orgflags";
const pollMs = 20;
const longestMs = 600_000;

const comparisons: readonly Comparison[] = [
  { subject, metric: "residentBytes", bound: { kind: "at most", value: 200 } },
  { subject, metric: "heapBytes" },
];

/** What an organisation costs once it is in memory: one process, every organisation checked once, by REST. */
export const memoryRow: Row = {
  name: "memory",
  work: "1,000,000 resident organisations of 3 overrides",
  large: true,
  run: (bench) =>
    onStage(async (start) => {
      const organisations = bench.scale.manyOrganisations;
      const database = bench.workspace.seeded(unarySeed(organisations));
      const command = orgflagsCommand(database, "--max-resident-orgs", String(2 * organisations));
      const server = await start({ ...command, nodeFlags: ["--expose-gc"] });
      const measure = () => measureMemory(server, bench);
      return runRounds([{ subject, measure, coldIsMeant: true }], comparisons, { ...bench, rounds: 1 });
    }),
};

async function measureMemory(server: Subject, { scale }: Bench): Promise<Sample> {
  const { workingSet, manyOrganisations } = scale;
  // So that compiled code and the caches of a used process are not counted among the organisations.
  await check(server.url, 20 * workingSet, workingSet);
  const before = await usageAtRest(server);
  await check(server.url, manyOrganisations, manyOrganisations);
  const after = await usageAtRest(server);
  const added = manyOrganisations - workingSet;
  return {
    residentBytes: (after.residentBytes - before.residentBytes) / added,
    heapBytes: (after.heapBytes - before.heapBytes) / added,
  };
}

/** Sends at least so many checks, of the organisations in turn. */
async function check(url: string, count: number, organisations: number): Promise<void> {
  let turn = 0;
  const next = (): Buffer => encodeRequest(url, restCheck(turn++ % organisations));
  const load = await openHttp1Load(url, { connections, next, expectedStatus: 200 });
  const latencies = new Latencies();
  const giveUpAt = performance.now() + longestMs;
  try {
    load.start(latencies);
    while (turn < count && performance.now() < giveUpAt) {
      await delay(pollMs);
      latencies.take();
    }
    await stopInTime(load);
  } finally {
    load.close();
  }
}
