import type { Comparison, Line } from "./row.ts";
import { type Metric, median } from "./sample.ts";

/** A figure to reach: of a ratio, of a difference, or of the value itself. */
export interface Bound {
  readonly kind: "at most" | "at least";
  readonly value: number;
  /** Default `ratio` where something is compared, `value` where not. */
  readonly of?: "difference";
}

/** What a comparison came to. */
export interface Verdict {
  readonly subject: string;
  readonly against: string | undefined;
  readonly metric: Metric;
  readonly of: "ratio" | "difference" | "value";
  /** The median of the rounds' own. */
  readonly result: number;
  readonly bound: Bound | undefined;
  /** Undefined where there is no bound. */
  readonly met: boolean | undefined;
  /** Whether others took so much of the machine that times on the clock, which this is about, say little. */
  readonly disturbed: boolean;
}

const bearableCores = 0.2;
const clockMetrics: ReadonlySet<Metric> = new Set(["requestsPerSecond", "p50Ms", "p99Ms"]);

/** Compares round by round, what was measured at about the same time, and takes the median. */
export function judge(lines: readonly Line[], { subject, against, metric, bound }: Comparison): Verdict {
  const own = figures(lines, subject, metric);
  const others = against === undefined ? [] : figures(lines, against, metric);
  const of = against === undefined ? "value" : (bound?.of ?? "ratio");
  const results = own.map((value, round) => {
    const other = others[round] ?? Number.NaN;
    return of === "value" ? value : of === "ratio" ? value / other : value - other;
  });
  const result = median(results);
  const met = bound && isMet(result, bound);
  return { subject, against, metric, of, result, bound, met, disturbed: isDisturbed(lines, metric) };
}

function figures(lines: readonly Line[], subject: string, metric: Metric): number[] {
  const line = lines.find((each) => each.subject === subject);
  if (line === undefined) {
    throw new Error(`no subject "${subject}" in this row`);
  }
  return line.rounds.map((sample) => sample[metric] ?? Number.NaN);
}

function isDisturbed(lines: readonly Line[], metric: Metric): boolean {
  return clockMetrics.has(metric) && lines.some(({ median: { othersCores = 0 } }) => othersCores > bearableCores);
}

function isMet(result: number, { kind, value }: Bound): boolean {
  return kind === "at most" ? result <= value : result >= value;
}
