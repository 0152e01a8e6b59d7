import type { CallObserver } from "../rpc/call-observer.ts";
import type { Guard } from "../rpc/guard.ts";
import type { Logger } from "../rpc/logger.ts";
import { AccessLog, type AccessLogging } from "./access-log.ts";
import { buildInfo } from "./build-info.ts";
import { CallMetrics } from "./call-metrics.ts";
import type { CallTracer } from "./call-tracer.ts";
import { CommitMetrics } from "./commit-metrics.ts";
import type { Metric } from "./metric.ts";
import { ObservedMethod } from "./observed-method.ts";
import { observingGuard } from "./observing-guard.ts";
import { ofrepObserver } from "./ofrep-observer.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { RequestCounts } from "./request-counts.ts";
import { type ServiceState, stateMetrics } from "./service-metrics.ts";
import { tracingGuard } from "./tracing-guard.ts";

/** What is seen. */
export interface ObservabilityOptions {
  readonly accessLog: AccessLogging;
  /** The base address of a collector of traces that takes OTLP by HTTP; without one there are no traces. */
  readonly otlpEndpoint: string | undefined;
  /** Which part of the calls is traced whose callers do not say, from 0 to 1. */
  readonly traceSample: number;
}

// What two looks at the clock cost, shared by so many reads, is next to nothing.
const oneTimedOf = 16;

/** All that sees what happens in a server process. */
export class Observability {
  /** See what calls come to; they stand before all other guards. */
  readonly guards: readonly Guard[];
  /** The same of the calls of OFREP. */
  readonly ofrep: CallObserver;
  /** To be told of requests that are no calls. */
  readonly requests = new RequestCounts();
  /** The last revision that answers include, from when there is somebody to ask. */
  revision: () => number | undefined = () => undefined;
  readonly #tracer: CallTracer | undefined;
  readonly #calls: CallMetrics;
  readonly #commits = new CommitMetrics();
  readonly #process = new ProcessMetrics();
  readonly #build = buildInfo();

  private constructor(logger: Logger, accessLog: AccessLogging, tracer: CallTracer | undefined) {
    const log = new AccessLog(logger, accessLog);
    const service = { log, tracer, revision: () => this.revision() };
    // Who wants reads written down wants to know how long each took.
    const calls = new CallMetrics(log.hasReads ? 1 : oneTimedOf);
    const observe = observingGuard((method) => new ObservedMethod(calls.countsOf(method), service));
    this.#calls = calls;
    this.#tracer = tracer;
    this.guards = tracer === undefined ? [observe] : [tracingGuard(tracer), observe];
    this.ofrep = ofrepObserver(calls, service);
  }

  /** Begins to see. What makes traces is loaded where they go somewhere. */
  static async start(logger: Logger, options: ObservabilityOptions): Promise<Observability> {
    const { accessLog, otlpEndpoint, traceSample } = options;
    return new Observability(logger, accessLog, await tracerOf(otlpEndpoint, traceSample, logger));
  }

  /** To be told of each commit. */
  get onCommit(): CommitMetrics["add"] {
    return this.#commits.add;
  }

  /** To be told of each write; undefined where nobody wants to know. */
  get onWrite(): ((method: string, written: Promise<unknown>) => void) | undefined {
    const tracer = this.#tracer;
    return tracer && ((method, written) => tracer.traceWrite(method, written));
  }

  /** All metrics of this process as they are now. */
  metrics(state: ServiceState): readonly Metric[] {
    return [
      ...this.#calls.metrics(),
      ...this.requests.metrics(),
      ...stateMetrics(state),
      ...this.#commits.metrics(),
      ...(this.#tracer?.metrics() ?? []),
      ...this.#process.metrics(),
      this.#build,
    ];
  }

  /** Lets go of what measures by itself, and sends the traces that are left. */
  async close(): Promise<void> {
    this.#process.close();
    await this.#tracer?.close();
  }
}

async function tracerOf(
  otlpEndpoint: string | undefined,
  traceSample: number,
  logger: Logger,
): Promise<CallTracer | undefined> {
  if (otlpEndpoint === undefined) {
    return undefined;
  }
  const { createOtlpTracer } = await import("./otlp-tracer.ts");
  return createOtlpTracer({ otlpEndpoint, traceSample }, logger);
}
