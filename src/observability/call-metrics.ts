import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { CallCounts, type CallName } from "./call-counts.ts";
import { counter, gauge, histogram, type Metric } from "./metric.ts";

/** The counts of everything that can be called. */
export class CallMetrics {
  readonly #counts: CallCounts[] = [];
  readonly #oneTimedOf: number;

  /** Of the calls of methods without side effects one in so many is timed. */
  constructor(oneTimedOf: number) {
    this.#oneTimedOf = oneTimedOf;
  }

  /** Makes the counts of a method. */
  countsOf(method: DescMethod): CallCounts {
    const name = { service: method.parent.typeName, method: method.name };
    return this.add(name, method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  }

  /** Makes the counts of what is no method. */
  add(name: CallName, hasEffects: boolean): CallCounts {
    const counts = new CallCounts(name, hasEffects, this.#oneTimedOf);
    this.#counts.push(counts);
    return counts;
  }

  metrics(): readonly Metric[] {
    const all = this.#counts;
    return [
      counter(
        "orgflags_requests_total",
        "Calls that came to a method, by what they came to.",
        all.flatMap((counts) => counts.requestSamples()),
      ),
      histogram(
        "orgflags_request_duration_seconds",
        "How long answers took to make: of each call of methods that write, of 1 in 16 of others; streams are not in it.",
        all.flatMap((counts) => counts.durationSamples()),
      ),
      gauge(
        "orgflags_open_streams",
        "Streams that are open.",
        all.flatMap((counts) => counts.openSamples()),
      ),
    ];
  }
}
