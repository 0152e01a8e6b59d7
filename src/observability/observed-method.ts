import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { CallCounts } from "./call-counts.ts";
import { laneOf } from "./lanes.ts";

/** One method, and what becomes of its calls. */
export class ObservedMethod {
  readonly #counts: CallCounts;

  constructor(counts: CallCounts) {
    this.#counts = counts;
  }

  /** A call begins; what this says is to be told when it is over. */
  begin(): number {
    return this.#counts.begin();
  }

  /** A call was answered. */
  succeed({ protocolName }: HandlerContext, began: number): void {
    this.#counts.end(laneOf(protocolName), 0, began);
  }

  /** A call came to an error. */
  fail({ protocolName }: HandlerContext, began: number, error: unknown): void {
    this.#counts.end(laneOf(protocolName), codeOf(error), began);
  }

  /** A stream has opened. */
  open({ protocolName }: HandlerContext): void {
    this.#counts.addOpen(laneOf(protocolName), 1);
  }

  /** A stream has ended: by itself, or by an error. */
  close({ protocolName }: HandlerContext, error?: unknown): void {
    const lane = laneOf(protocolName);
    this.#counts.addOpen(lane, -1);
    this.#counts.count(lane, error === undefined ? 0 : codeOf(error));
  }
}

function codeOf(error: unknown): Code {
  return error instanceof ConnectError ? error.code : Code.Internal;
}
