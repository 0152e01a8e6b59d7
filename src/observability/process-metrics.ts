import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { counter, gauge, type Metric, maximum, only } from "./metric.ts";

const resolutionMs = 20;
const nanos = 1e9;

/** The metrics that every process has, under the names that Prometheus' own clients give them. */
export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #startedAt = performance.timeOrigin / 1000;

  constructor() {
    this.#delay.enable();
  }

  /** Measures no more. */
  close(): void {
    this.#delay.disable();
  }

  metrics(): readonly Metric[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const bytes = (name: string, help: string, value: number) => gauge(name, help, only(value));
    return [
      counter("process_cpu_user_seconds_total", "CPU time in the program.", only(user / 1e6)),
      counter("process_cpu_system_seconds_total", "CPU time in the system.", only(system / 1e6)),
      counter("process_cpu_seconds_total", "CPU time.", only((user + system) / 1e6)),
      maximum("process_start_time_seconds", "When the youngest process started, Unix time.", only(this.#startedAt)),
      bytes("process_resident_memory_bytes", "Resident memory.", rss),
      gauge("process_open_fds", "Open file descriptors; absent where the platform does not say.", openFiles()),
      bytes("nodejs_heap_size_used_bytes", "JavaScript heap in use.", heapUsed),
      bytes("nodejs_heap_size_total_bytes", "JavaScript heap.", heapTotal),
      bytes("nodejs_external_memory_bytes", "Memory outside of the heap that its objects hold.", external),
      ...this.#delays(),
    ];
  }

  /** The delays since somebody last looked: what is longer than a timer's turn should be. */
  #delays(): readonly Metric[] {
    const delay = this.#delay;
    const about = (what: string) => `How late timers of the event loop were since the last look: ${what}.`;
    const metrics = [
      maximum("nodejs_eventloop_lag_mean_seconds", about("the mean"), only(seconds(delay.mean))),
      maximum("nodejs_eventloop_lag_max_seconds", about("the longest"), only(seconds(delay.max))),
      maximum("nodejs_eventloop_lag_p50_seconds", about("the median"), only(seconds(delay.percentile(50)))),
      maximum("nodejs_eventloop_lag_p90_seconds", about("90 % were shorter"), only(seconds(delay.percentile(90)))),
      maximum("nodejs_eventloop_lag_p99_seconds", about("99 % were shorter"), only(seconds(delay.percentile(99)))),
    ];
    delay.reset();
    return metrics;
  }
}

/** The platform's figures include the interval itself; there are none right after a look. */
function seconds(delayNanos: number): number {
  const value = delayNanos / nanos - resolutionMs / 1000;
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function openFiles(): ReturnType<typeof only> {
  try {
    return only(readdirSync("/proc/self/fd").length);
  } catch {
    // Not Linux.
    return [];
  }
}
