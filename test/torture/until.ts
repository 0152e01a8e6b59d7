import { setTimeout as delay } from "node:timers/promises";

const longestMs = 30_000;

/** Waits until something of another process holds; rejects with what it is after 30 seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!(await holds())) {
    if (performance.now() > deadline) {
      throw new Error(`not within 30 s: ${what}`);
    }
    await delay(10);
  }
}
