import { Code, ConnectError } from "@connectrpc/connect";
import type { Exchange } from "./exchange.ts";

/** The signal of one call: it fires when the deadline passes, the client leaves, the server stops or the call is over. */
export class CallSignal {
  readonly #controller = new AbortController();
  readonly #exchange: Exchange;
  readonly #shutdownSignal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  /** `deadline` is a time of `Date.now()`. What has happened before the signal is made has it fire at once. */
  constructor(exchange: Exchange, shutdownSignal: AbortSignal, deadline: number | undefined) {
    this.#exchange = exchange;
    this.#shutdownSignal = shutdownSignal;
    const left = deadline === undefined ? undefined : deadline - Date.now();
    if (left !== undefined && left <= 0) {
      this.#expire();
    } else if (exchange.isGone) {
      this.#leave();
    } else if (shutdownSignal.aborted) {
      this.#shutDown();
    } else {
      this.#timer = left === undefined ? undefined : setTimeout(this.#expire, left);
      exchange.onOver(this.#leave);
      shutdownSignal.addEventListener("abort", this.#shutDown);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Fires the signal, if nothing has before, and lets go of all that it waits for. */
  abort(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#shutdownSignal.removeEventListener("abort", this.#shutDown);
    this.#controller.abort(reason);
  }

  readonly #expire = (): void => this.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded));

  readonly #leave = (): void => this.abort(this.#exchange.goneReason);

  readonly #shutDown = (): void => this.abort(this.#shutdownSignal.reason);
}
