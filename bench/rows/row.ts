import type { Scale } from "../scale.ts";
import type { Workspace } from "../workspace.ts";
import { type Metric, medianSample, type Sample } from "./sample.ts";
import { type Bound, judge, type Verdict } from "./verdict.ts";

/** What a run is made with. */
export interface Bench {
  readonly rounds: number;
  /** How long one measurement lasts, in seconds. */
  readonly seconds: number;
  readonly scale: Scale;
  readonly workspace: Workspace;
}

/** One kind of work, measured with all that is compared. */
export interface Row {
  /** What `--only` matches. */
  readonly name: string;
  /** The work, in the words of the table. */
  readonly work: string;
  /** Whether it stores so much that it runs only with `--large`. */
  readonly large?: boolean;
  run(bench: Bench): Promise<Outcome>;
}

/** What a row came to. */
export interface Outcome {
  readonly lines: readonly Line[];
  readonly verdicts: readonly Verdict[];
}

/** What a subject came to: every round, and their medians. */
export interface Line {
  readonly subject: string;
  readonly rounds: readonly Sample[];
  readonly median: Sample;
}

/** Something that is measured in turn with others. */
export interface Contender {
  readonly subject: string;
  measure(seconds: number): Promise<Sample>;
  /** Whether the first measurement needs none before it that does not count. */
  readonly coldIsMeant?: boolean;
}

/** A comparison of a row: one figure of a subject with that of another, or by itself. */
export interface Comparison {
  readonly subject: string;
  readonly against?: string;
  readonly metric: Metric;
  /** Without one, the comparison is only stated. */
  readonly bound?: Bound;
}

/** Warms all up, then measures them in turn, round by round: what disturbs the machine disturbs all alike. */
export async function runRounds(
  contenders: readonly Contender[],
  comparisons: readonly Comparison[],
  { rounds, seconds, scale }: Bench,
): Promise<Outcome> {
  for (const contender of contenders) {
    if (!contender.coldIsMeant) {
      await contender.measure(scale.warmUpSeconds);
    }
  }
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      samples[index]?.push(await contender.measure(seconds));
    }
  }
  const lines = contenders.map(({ subject }, index) => {
    const own = samples[index] ?? [];
    return { subject, rounds: own, median: medianSample(own) };
  });
  return { lines, verdicts: comparisons.map((comparison) => judge(lines, comparison)) };
}
