import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { encodeRequest } from "../../../bench/load/http1-request.ts";
import { Latencies, percentile } from "../../../bench/load/latencies.ts";
import { openPacedLoad } from "../../../bench/load/paced-load.ts";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { Figures } from "../torture.ts";
import { until } from "../until.ts";

const connections = 16;
const perSecond = 500;
const megabyte = 1024 * 1024;
const heapAllowance = 16 * megabyte;

/** Those that are only slow, or those that flood and leave, too. */
export type CrowdKind = "slow" | "bad";

/** Which clients, how many, and how often and how long is measured with and without them. */
export interface ClientOptions {
  readonly kind: CrowdKind;
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
}

/**
 * Measures a normal load of checks in turn without and with clients that are slow, never read, leave in the middle or
 * flood. Every check must be answered; when those clients are gone their connections are, and memory is where it was.
 */
export async function badClientRounds(ground: Ground, options: ClientOptions): Promise<Figures> {
  const { rounds, seconds } = options;
  const service = new Service(ground, { file: join(ground.newFolder(), "orgflags.db"), probed: true });
  const url = await service.url;
  const request = encodeRequest(url, { method: "GET", path: "/api/v1/org-feature-flags/acme" });
  const load = await openPacedLoad(url, { connections, next: () => request, expectedStatus: 200 }, perSecond);
  ground.defer(() => load.close());
  const latencies = new Latencies();
  load.start(latencies);
  const measure = async () => {
    latencies.take();
    await delay(seconds * 1000);
    return percentile(latencies.take(), 0.99);
  };
  await measure();
  const sockets = service.sockets;
  const before = await service.usage();
  const pairs: { readonly quiet: number; readonly crowded: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const quiet = await measure();
    const crowd = startCrowd(ground, url, options);
    await until("the connections of bad clients", () => service.sockets > sockets + options.clients / 3);
    const crowded = await measure();
    crowd.kill("SIGKILL");
    await once(crowd, "exit");
    await until("the end of bad connections", () => service.sockets <= sockets);
    pairs.push({ quiet, crowded });
    ground.say(
      `p99 ${quiet.toFixed(1)} ms without, ${crowded.toFixed(1)} ms with ${options.clients} ${options.kind} clients`,
    );
  }
  const after = await service.usage();
  await load.stop();
  if (after.heapBytes - before.heapBytes > heapAllowance) {
    throw new Error(`memory grew: ${JSON.stringify({ before, after })}`);
  }
  await service.stop();
  return figuresOf(pairs, before, after);
}

type Usage = Awaited<ReturnType<Service["usage"]>>;

function figuresOf(
  pairs: readonly { readonly quiet: number; readonly crowded: number }[],
  before: Usage,
  after: Usage,
) {
  const round = (value: number) => Math.round(10 * value) / 10;
  return {
    rounds: pairs.length,
    "p99 without, ms (median of rounds)": round(median(pairs.map(({ quiet }) => quiet))),
    "p99 with, ms (median of rounds)": round(median(pairs.map(({ crowded }) => crowded))),
    "p99 with / without (median of the rounds' own)": round(median(pairs.map(({ quiet, crowded }) => crowded / quiet))),
    "heap before, MiB": round(before.heapBytes / megabyte),
    "heap after, MiB": round(after.heapBytes / megabyte),
    "resident before, MiB": round(before.residentBytes / megabyte),
    "resident after, MiB": round(after.residentBytes / megabyte),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function startCrowd(ground: Ground, url: string, { kind, clients }: ClientOptions): ChildProcess {
  const args = [new URL(url).port, String(clients), kind];
  const crowd = fork(join(import.meta.dirname, "crowd.ts"), args, { execArgv: [] });
  ground.defer(() => crowd.kill("SIGKILL"));
  return crowd;
}
