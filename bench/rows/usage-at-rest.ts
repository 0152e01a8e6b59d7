import { setTimeout as delay } from "node:timers/promises";
import type { Usage } from "../process/probe.ts";
import type { Subject } from "../process/subject.ts";

// The platform gives memory back to the system bit by bit, in idle moments.
const restMs = 500;
const rests = 4;

/** What a process uses once it has come to rest; it has to run with `--expose-gc`. */
export async function usageAtRest(subject: Subject): Promise<Usage> {
  for (let rest = 0; rest < rests; rest++) {
    // Every look at the usage collects garbage first.
    await subject.usage();
    await delay(restMs);
  }
  return subject.usage();
}
