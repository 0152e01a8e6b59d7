import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { requestIdKey } from "../rpc/request-id.ts";
import type { AccessLog } from "./access-log.ts";
import type { CallCounts } from "./call-counts.ts";
import { circumstancesOf } from "./call-fields.ts";
import type { CallTracer } from "./call-tracer.ts";
import { codeOf } from "./code-name.ts";
import { laneName, laneOf } from "./lanes.ts";

/** What all methods have in common. */
export interface ObservedService {
  readonly log: AccessLog;
  /** Undefined where no traces are made. */
  readonly tracer: CallTracer | undefined;
  /** The last revision that answers include. */
  revision(): number | undefined;
}

/** One method, and what becomes of its calls. */
export class ObservedMethod {
  readonly #counts: CallCounts;
  readonly #service: ObservedService;

  constructor(counts: CallCounts, service: ObservedService) {
    this.#counts = counts;
    this.#service = service;
  }

  /** A call begins; what this says is to be told when it is over. */
  begin(): number {
    return this.#counts.begin();
  }

  /** A call was answered. */
  succeed(context: HandlerContext, input: unknown, began: number): void {
    const lane = laneOf(context.protocolName);
    const ms = this.#counts.end(lane, 0, began);
    this.#log(context, input, lane, ms);
  }

  /** A call came to an error. */
  fail(context: HandlerContext, input: unknown, began: number, error: unknown): void {
    const lane = laneOf(context.protocolName);
    const ms = this.#counts.end(lane, codeOf(error), began);
    this.#log(context, input, lane, ms, error);
  }

  /** A stream has opened. */
  open({ protocolName }: HandlerContext): void {
    this.#counts.addOpen(laneOf(protocolName), 1);
  }

  /** A stream has ended: by itself, or by an error. */
  close(context: HandlerContext, input: unknown, error?: unknown): void {
    const lane = laneOf(context.protocolName);
    this.#counts.addOpen(lane, -1);
    this.#counts.count(lane, codeOf(error));
    // Its client has left, its time is over, or the server ends: nothing went wrong.
    const wanted = context.signal.aborted ? Code.Canceled : codeOf(error);
    this.#log(context, input, lane, undefined, error, wanted);
  }

  #log(
    context: HandlerContext,
    input: unknown,
    lane: number,
    durationMs: number | undefined,
    error?: unknown,
    wanted: Code | 0 = codeOf(error),
  ): void {
    const { log } = this.#service;
    if (log.wants(wanted, this.#counts.hasEffects)) {
      const { requestId, ...circumstances } = circumstancesOf(context, input);
      log.write(codeOf(error), {
        requestId: requestId ?? idOf(error),
        traceId: this.#service.tracer?.traceId,
        lane: laneName(lane),
        procedure: this.#counts.procedure,
        durationMs,
        ...circumstances,
        revision: this.#service.revision(),
      });
    }
  }
}

/** The id under which a call was told its error. */
function idOf(error: unknown): string | undefined {
  return error instanceof ConnectError ? (error.metadata.get(requestIdKey) ?? undefined) : undefined;
}
