/** What one measurement of a subject came to. Which of them there are depends on the row. */
export interface Sample {
  readonly requestsPerSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** CPU time of all threads of the server, in microseconds for each request. */
  readonly cpuMicros?: number;
  /** How many cores the server kept busy. */
  readonly busyCores?: number;
  /** How many cores were busy with neither the server nor the load: what disturbs. */
  readonly othersCores?: number;
  /** Writes that were answered each second while others were measured. */
  readonly writesPerSecond?: number;
  /** How long those writes took, in milliseconds. */
  readonly writeP50Ms?: number;
  readonly writeP99Ms?: number;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly readyMs?: number;
  /** Memory for each organisation: resident set, and heap, in bytes. */
  readonly residentBytes?: number;
  readonly heapBytes?: number;
}

/** The name of a figure of a sample. */
export type Metric = keyof Sample;

/** The median of each figure that all the samples have. */
export function medianSample(samples: readonly Sample[]): Sample {
  const [first = {}] = samples;
  // The keys of an object of this type are the names of its figures.
  const metrics = Object.keys(first) as Metric[];
  return Object.fromEntries(
    metrics.map((metric) => [metric, median(samples.map((each) => each[metric] ?? Number.NaN))]),
  );
}

/** The median; of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
