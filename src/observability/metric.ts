/** What tells the values of one metric apart, in the order in which they are shown. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  /** What stands behind the metric's name: `_bucket`, `_sum` and `_count` of histograms. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * One metric with all of its values, as plain data: server processes send them to each other. `across` says what the
 * value of several processes is, the sum or the greatest of theirs.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly across: "sum" | "max";
  readonly samples: readonly Sample[];
}

/** Makes a metric of what is only ever added to. */
export function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "counter", across: "sum", samples };
}

/** Makes a metric of what `Histogram` says. */
export function histogram(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "histogram", across: "sum", samples };
}

/** Makes a metric of what goes up and down, and adds up over several processes. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", across: "sum", samples };
}

/** Makes a metric of what goes up and down, and of which the greatest of several processes counts. */
export function maximum(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", across: "max", samples };
}

/** A single value without labels. */
export function only(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}
