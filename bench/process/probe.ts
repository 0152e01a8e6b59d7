// Preloaded into every subject, orgflags included: tells the harness over IPC what the process has used. It answers
// for all threads, and ends a subject whose harness is gone.
import { isMainThread } from "node:worker_threads";

/** What a subject answers to any message. */
export interface Usage {
  /** CPU time of all threads, user and system, since the process began, in microseconds. */
  readonly cpuMicros: number;
  /** Resident set, in bytes, after collecting garbage where the process was started with `--expose-gc`. */
  readonly residentBytes: number;
  /** Heap in use, and memory outside of it that JavaScript holds, in bytes. */
  readonly heapBytes: number;
}

function usage(): Usage {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMicros: user + system, residentBytes: rss, heapBytes: heapUsed + external };
}

if (isMainThread) {
  process.on("message", () => process.send?.(usage()));
  process.on("disconnect", () => process.exit());
  // The channel alone is no reason to live on.
  process.channel?.unref();
}
