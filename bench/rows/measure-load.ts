import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Latencies, percentile } from "../load/latencies.ts";
import type { Load } from "../load/load.ts";
import type { Subject } from "../process/subject.ts";
import type { Sample } from "./sample.ts";

// Until connections are busy, and no longer than what is measured then.
const longestRampMs = 50;
const stopMs = 30_000;

/** Sends a load for so many seconds and says what came back, and what it cost the server. */
export async function measureLoad(subject: Subject, open: () => Promise<Load>, seconds: number): Promise<Sample> {
  const load = await open();
  const latencies = new Latencies();
  try {
    load.start(latencies);
    await delay(Math.min(longestRampMs, seconds * 1000));
    const before = await subject.usage();
    const othersBefore = othersMicros();
    const beganAt = performance.now();
    latencies.take();
    await delay(seconds * 1000);
    const after = await subject.usage();
    const took = (performance.now() - beganAt) / 1000;
    const others = othersMicros() - othersBefore;
    const taken = latencies.take();
    await stopInTime(load);
    const cpuMicros = after.cpuMicros - before.cpuMicros;
    return {
      requestsPerSecond: taken.length / took,
      p50Ms: percentile(taken, 0.5),
      p99Ms: percentile(taken, 0.99),
      cpuMicros: cpuMicros / taken.length,
      busyCores: cpuMicros / 1e6 / took,
      othersCores: Math.max(0, (others - cpuMicros) / 1e6 / took),
    };
  } finally {
    load.close();
  }
}

/** The CPU time that the whole machine has spent, without that of this process, in microseconds. */
function othersMicros(): number {
  const { user, system } = process.cpuUsage();
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busy.reduce((sum, ms) => sum + ms * 1000, 0) - user - system;
}

/** Stops a load; rejects if it failed, or if the server leaves a request unanswered for 30 seconds. */
export async function stopInTime(load: Load): Promise<void> {
  const timer = new AbortController();
  const late = delay(stopMs, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error("the server left requests unanswered")),
    () => {}, // Stopped in time: the timer is of no use any more.
  );
  try {
    await Promise.race([load.stop(), late]);
  } finally {
    timer.abort();
  }
}
