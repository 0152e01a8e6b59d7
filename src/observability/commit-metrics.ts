import { Histogram } from "./histogram.ts";
import { counter, histogram, type Metric, only } from "./metric.ts";

// Seconds: a disk that answers early, up to one that is in trouble.
const durationBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const writesBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** What a transaction of several writes came to. */
export interface Commit {
  readonly writes: number;
  /** From when they were handed to the thread that writes until its answer was there. */
  readonly ms: number;
  /** Whether the database took none of them. */
  readonly failed: boolean;
}

/** Counts commits. */
export class CommitMetrics {
  readonly #durations = new Histogram(durationBounds);
  readonly #writes = new Histogram(writesBounds);
  #failures = 0;

  readonly add = ({ writes, ms, failed }: Commit): void => {
    this.#durations.observe(ms / 1000);
    this.#writes.observe(writes);
    this.#failures += failed ? 1 : 0;
  };

  metrics(): readonly Metric[] {
    return [
      histogram(
        "orgflags_commit_duration_seconds",
        "How long commits took, failed ones included.",
        this.#durations.samples({}),
      ),
      histogram("orgflags_commit_writes", "How many writes each commit held.", this.#writes.samples({})),
      counter("orgflags_commit_failures_total", "Commits that the database did not take.", only(this.#failures)),
    ];
  }
}
