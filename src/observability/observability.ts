import type { CallObserver } from "../rpc/call-observer.ts";
import type { Guard } from "../rpc/guard.ts";
import type { Logger } from "../rpc/logger.ts";
import { AccessLog, type AccessLogging } from "./access-log.ts";
import { buildInfo } from "./build-info.ts";
import { CallMetrics } from "./call-metrics.ts";
import { CommitMetrics } from "./commit-metrics.ts";
import type { Metric } from "./metric.ts";
import { ObservedMethod } from "./observed-method.ts";
import { observingGuard } from "./observing-guard.ts";
import { ofrepObserver } from "./ofrep-observer.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { type ServiceState, stateMetrics } from "./service-metrics.ts";

/** What is seen. */
export interface ObservabilityOptions {
  readonly accessLog: AccessLogging;
}

// What two looks at the clock cost, shared by so many reads, is next to nothing.
const oneTimedOf = 16;

/** All that sees what happens in a server process. */
export class Observability {
  /** Sees what calls come to; it stands before all other guards. */
  readonly guard: Guard;
  /** The same of the calls of OFREP. */
  readonly ofrep: CallObserver;
  readonly #calls: CallMetrics;
  readonly #commits = new CommitMetrics();
  readonly #process = new ProcessMetrics();
  readonly #build = buildInfo();

  /** The last revision that answers include, from when there is somebody to ask. */
  revision: () => number | undefined = () => undefined;

  constructor(logger: Logger, { accessLog }: ObservabilityOptions) {
    const log = new AccessLog(logger, accessLog);
    const service = { log, revision: () => this.revision() };
    // Who wants reads written down wants to know how long each took.
    this.#calls = new CallMetrics(log.hasReads ? 1 : oneTimedOf);
    this.guard = observingGuard((method) => new ObservedMethod(this.#calls.countsOf(method), service));
    this.ofrep = ofrepObserver(this.#calls, service);
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
