import { AsyncLocalStorage } from "node:async_hooks";
import { Code } from "@connectrpc/connect";
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "../rpc/logger.ts";
import { programVersion } from "./build-info.ts";
import type { CallSpan, CallTracer, TracedCall } from "./call-tracer.ts";
import type { Metric } from "./metric.ts";
import { SpanExport } from "./span-export.ts";

/** Where traces go, and which. */
export interface TracingOptions {
  /** The base address of a collector that takes OTLP by HTTP; traces go to `/v1/traces` below it. */
  readonly otlpEndpoint: string;
  /** Which part of the calls without a caller's trace is traced, from 0 to 1; others are as their callers say. */
  readonly traceSample: number;
}

const tracesPath = "v1/traces";
const batchDelayMs = 1000;
const exportTimeoutMs = 5000;
const maxWaitingSpans = 8192;
const closeMs = 2000;

/** Codes that are a fault of the server, as OpenTelemetry's conventions for gRPC have it. */
const faults: ReadonlySet<Code | 0> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** Begins to make traces. Nothing waits for the collector; where it is away, spans are lost. */
export function createOtlpTracer(options: TracingOptions, logger: Logger): CallTracer {
  return new OtlpTracer(options, logger);
}

class OtlpTracer implements CallTracer {
  readonly #contexts = new AsyncLocalStorage<Context>();
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #export: SpanExport;
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor({ otlpEndpoint, traceSample }: TracingOptions, logger: Logger) {
    const url = new URL(tracesPath, otlpEndpoint.endsWith("/") ? otlpEndpoint : `${otlpEndpoint}/`).href;
    this.#export = new SpanExport(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), logger);
    const version = programVersion();
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": "orgflags", "service.version": version }).merge(
        detectResources({ detectors: [envDetector] }),
      ),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(traceSample) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.#export,
          maxQueueSize: maxWaitingSpans,
          scheduledDelayMillis: batchDelayMs,
          exportTimeoutMillis: exportTimeoutMs,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer("orgflags", version);
  }

  begin(call: TracedCall): CallSpan {
    const parent = this.#propagator.extract(ROOT_CONTEXT, call, carrier);
    const span = this.#tracer.startSpan(`${call.service}/${call.method}`, { kind: SpanKind.SERVER }, parent);
    if (span.isRecording()) {
      span.setAttributes({ ...call.attributes() });
    }
    return new TracedSpan(span, this.#contexts, trace.setSpan(parent, span));
  }

  get traceId(): string | undefined {
    const context = this.#contexts.getStore();
    return context && trace.getSpanContext(context)?.traceId;
  }

  traceWrite(method: string, written: Promise<unknown>): void {
    const context = this.#contexts.getStore();
    if (context !== undefined) {
      const attributes = { "db.system.name": "sqlite", "db.operation.name": method };
      const span = this.#tracer.startSpan("commit", { kind: SpanKind.INTERNAL, attributes }, context);
      const end = (): void => span.end();
      written.then(end, end);
    }
  }

  metrics(): readonly Metric[] {
    return this.#export.metrics();
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeMs);
    });
    // A collector that is away is no reason to stay.
    await Promise.race([this.#provider.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
  }
}

const carrier = {
  get: (call: TracedCall, name: string) => call.header(name),
  keys: () => ["traceparent", "tracestate"],
};

class TracedSpan implements CallSpan {
  readonly #span: Span;
  readonly #contexts: AsyncLocalStorage<Context>;
  readonly #context: Context;

  constructor(span: Span, contexts: AsyncLocalStorage<Context>, context: Context) {
    this.#span = span;
    this.#contexts = contexts;
    this.#context = context;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  run<T>(work: () => T): T {
    return this.#contexts.run(this.#context, work);
  }

  end(code: Code | 0): void {
    this.#span.setAttribute("rpc.grpc.status_code", code);
    if (faults.has(code)) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}
