import type { Code } from "@connectrpc/connect";
import type { Metric } from "./metric.ts";

/** What a call's span tells, besides what it comes to. */
export type CallAttributes = Readonly<Record<string, string | number | undefined>>;

/** A call of which a span is made. */
export interface TracedCall {
  readonly service: string;
  readonly method: string;
  readonly lane: string;
  /** A header of the request, by its name in small letters. */
  header(name: string): string | undefined;
  /** Asked only where the span goes anywhere. */
  attributes(): CallAttributes;
}

/** The span of a call. */
export interface CallSpan {
  readonly traceId: string;
  /** Runs a part of the call: what it writes and logs belongs to the span. */
  run<T>(work: () => T): T;
  /** Ends the span, once; 0 stands for a call that went well. */
  end(code: Code | 0): void;
}

/** Makes spans of calls, and sends them away. */
export interface CallTracer {
  /** Begins the span of a call, under that of the caller where its headers name one. */
  begin(call: TracedCall): CallSpan;
  /** The trace of the call that this is a part of. */
  readonly traceId: string | undefined;
  /** Makes a span of a write, until it is on disk, under that of the call which it is a part of. */
  traceWrite(method: string, written: Promise<unknown>): void;
  /** What became of spans. */
  metrics(): readonly Metric[];
  /** Sends what there is still to be sent, for 2 seconds at most. */
  close(): Promise<void>;
}
