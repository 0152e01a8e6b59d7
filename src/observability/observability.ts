import type { CallObserver } from "../rpc/call-observer.ts";
import type { Guard } from "../rpc/guard.ts";
import { buildInfo } from "./build-info.ts";
import { CallMetrics } from "./call-metrics.ts";
import { CommitMetrics } from "./commit-metrics.ts";
import type { Metric } from "./metric.ts";
import { ObservedMethod } from "./observed-method.ts";
import { observingGuard } from "./observing-guard.ts";
import { ofrepObserver } from "./ofrep-observer.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { type ServiceState, stateMetrics } from "./service-metrics.ts";

/** All that sees what happens in a server process. */
export class Observability {
  /** Sees what calls come to; it stands before all other guards. */
  readonly guard: Guard;
  /** The same of the calls of OFREP. */
  readonly ofrep: CallObserver;
  readonly #calls = new CallMetrics();
  readonly #commits = new CommitMetrics();
  readonly #process = new ProcessMetrics();
  readonly #build = buildInfo();

  constructor() {
    this.guard = observingGuard((method) => new ObservedMethod(this.#calls.countsOf(method)));
    this.ofrep = ofrepObserver(this.#calls);
  }

  /** To be told of each commit. */
  get onCommit(): CommitMetrics["add"] {
    return this.#commits.add;
  }

  /** All metrics of this process as they are now. */
  metrics(state: ServiceState): readonly Metric[] {
    return [
      ...this.#calls.metrics(),
      ...stateMetrics(state),
      ...this.#commits.metrics(),
      ...this.#process.metrics(),
      this.#build,
    ];
  }

  /** Lets go of what measures by itself. */
  close(): void {
    this.#process.close();
  }
}
