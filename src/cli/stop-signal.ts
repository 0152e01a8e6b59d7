import { once } from "node:events";
import { constants } from "node:os";

/** The signals that ask the service to stop. */
export const stopSignals: readonly ("SIGTERM" | "SIGINT")[] = ["SIGTERM", "SIGINT"];

/** Resolves at the first signal that asks to stop; at a second one the process is to end at once. */
export async function stopSignal(endNow: (exitCode: number) => void): Promise<void> {
  await Promise.race(stopSignals.map((signal) => once(process, signal)));
  for (const signal of stopSignals) {
    process.on(signal, () => endNow(128 + constants.signals[signal]));
  }
}
