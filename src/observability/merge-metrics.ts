import type { Metric, Sample } from "./metric.ts";

/** Puts the metrics of several processes together: each value is the sum, or the greatest, of those with its labels. */
export function mergeMetrics(processes: readonly (readonly Metric[])[]): readonly Metric[] {
  const merged = new Map<string, Metric>();
  for (const metric of processes.flat()) {
    const known = merged.get(metric.name);
    merged.set(metric.name, known === undefined ? metric : { ...known, samples: mergeSamples(known, metric) });
  }
  return [...merged.values()];
}

/** Those of a process that has ended: what it counted stays counted, what it held is gone. */
export function remainingMetrics(metrics: readonly Metric[]): readonly Metric[] {
  return metrics.filter(({ type }) => type !== "gauge");
}

function mergeSamples({ across, samples }: Metric, other: Metric): readonly Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const sample of [...samples, ...other.samples]) {
    const key = keyOf(sample);
    const known = byLabels.get(key);
    byLabels.set(key, known === undefined ? sample : { ...known, value: combined(across, known.value, sample.value) });
  }
  return [...byLabels.values()];
}

function keyOf({ suffix, labels }: Sample): string {
  return JSON.stringify([suffix, Object.entries(labels)]);
}

function combined(across: Metric["across"], one: number, other: number): number {
  switch (across) {
    case "sum":
      return one + other;
    case "max":
      return Math.max(one, other);
    default:
      return across satisfies never;
  }
}
