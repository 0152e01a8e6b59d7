import type { Code } from "@connectrpc/connect";
import type { CallObserver, ObservedCall } from "../rpc/call-observer.ts";
import type { CallCounts } from "./call-counts.ts";
import type { CallMetrics } from "./call-metrics.ts";
import { laneOf } from "./lanes.ts";

const lane = laneOf("ofrep");

/** Makes the observer of OFREP, whose operations are counted as methods of the service `ofrep`. */
export function ofrepObserver(metrics: CallMetrics): CallObserver {
  const operations = new Map<string, CallCounts>();
  const countsOf = (operation: string): CallCounts => {
    const counts = operations.get(operation) ?? metrics.add({ service: "ofrep", method: operation }, false);
    operations.set(operation, counts);
    return counts;
  };
  return { begin: (operation) => new OfrepCall(countsOf(operation)) };
}

class OfrepCall implements ObservedCall {
  readonly #counts: CallCounts;
  readonly #began: number;
  #isStream = false;
  #isOver = false;

  constructor(counts: CallCounts) {
    this.#counts = counts;
    this.#began = counts.begin();
  }

  streams(): void {
    this.#isStream = true;
    this.#counts.addOpen(lane, 1);
  }

  end(code: Code | 0): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    if (this.#isStream) {
      this.#counts.addOpen(lane, -1);
      this.#counts.count(lane, code);
    } else {
      this.#counts.end(lane, code, this.#began);
    }
  }
}
