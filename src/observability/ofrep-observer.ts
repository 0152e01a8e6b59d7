import type { Code } from "@connectrpc/connect";
import type { CallObserver, ObservedCall, ObservedRequest } from "../rpc/call-observer.ts";
import type { CallCounts } from "./call-counts.ts";
import { circumstancesOfRequest } from "./call-fields.ts";
import type { CallMetrics } from "./call-metrics.ts";
import type { CallSpan } from "./call-tracer.ts";
import { laneName, laneOf } from "./lanes.ts";
import type { ObservedService } from "./observed-method.ts";
import { tracedRequest } from "./traced-calls.ts";

const lane = laneOf("ofrep");

/** Makes the observer of OFREP, whose operations are counted as methods of the service `ofrep`. */
export function ofrepObserver(metrics: CallMetrics, service: ObservedService): CallObserver {
  const operations = new Map<string, CallCounts>();
  const countsOf = (operation: string): CallCounts => {
    const counts = operations.get(operation) ?? metrics.add({ service: "ofrep", method: operation }, false);
    operations.set(operation, counts);
    return counts;
  };
  return { begin: (operation, request) => new OfrepCall(operation, countsOf(operation), service, request) };
}

class OfrepCall implements ObservedCall {
  readonly #counts: CallCounts;
  readonly #service: ObservedService;
  readonly #request: ObservedRequest;
  readonly #began: number;
  readonly #span: CallSpan | undefined;
  #isStream = false;
  #isOver = false;

  constructor(operation: string, counts: CallCounts, service: ObservedService, request: ObservedRequest) {
    this.#counts = counts;
    this.#service = service;
    this.#request = request;
    this.#span = service.tracer?.begin(tracedRequest(operation, request));
    this.#began = counts.begin();
  }

  streams(): void {
    this.#isStream = true;
    this.#counts.addOpen(lane, 1);
  }

  end(code: Code | 0, requestId?: string): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#span?.end(code);
    if (this.#isStream) {
      this.#counts.addOpen(lane, -1);
      this.#counts.count(lane, code);
      this.#log(code, requestId, undefined);
    } else {
      this.#log(code, requestId, this.#counts.end(lane, code, this.#began));
    }
  }

  #log(code: Code | 0, requestId: string | undefined, durationMs: number | undefined): void {
    const { log } = this.#service;
    if (log.wants(code, false)) {
      const circumstances = circumstancesOfRequest(this.#request);
      log.write(code, {
        ...circumstances,
        requestId: circumstances.requestId ?? requestId,
        traceId: this.#span?.traceId,
        lane: laneName(lane),
        procedure: this.#counts.procedure,
        durationMs,
        revision: this.#service.revision(),
      });
    }
  }
}
