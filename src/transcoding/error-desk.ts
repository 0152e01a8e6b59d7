import { ConnectError } from "@connectrpc/connect";
import { RequestFault } from "./request-fault.ts";
import type { Incoming } from "./request-message.ts";
import type { Settings } from "./settings.ts";
import { makeRequestId, type StatusAnswer, type StatusForm } from "./status.ts";

/** Decides what a client and what the log learn of an error. */
export class ErrorDesk {
  readonly #statuses: StatusForm;
  readonly #listener: Settings["onUnexpectedError"];

  constructor(statuses: StatusForm, listener: Settings["onUnexpectedError"]) {
    this.#statuses = statuses;
    this.#listener = listener;
  }

  /** What the client gets; an error that nobody foresaw is reported under the request id that the client is given. */
  describe(error: unknown, incoming: Incoming): StatusAnswer {
    try {
      return this.#statuses.describe(error) ?? this.#describeUnexpected(error, incoming);
    } catch (cause) {
      // The details of the error are not of the types that they claim.
      return this.#describeUnexpected(cause, incoming);
    }
  }

  /** An error after the answer has nobody to tell but the log; that the call was aborted is no news. */
  reportLate(error: unknown, incoming: Incoming, abortReason: unknown): void {
    const aborted = error === abortReason || (error instanceof Error && error.name === "AbortError");
    const foreseen = error instanceof ConnectError || error instanceof RequestFault;
    if (!aborted && !foreseen) this.#report(error, incoming);
  }

  #describeUnexpected(error: unknown, incoming: Incoming): StatusAnswer {
    return this.#statuses.describeUnexpected(this.#report(error, incoming));
  }

  /** Returns the request id. */
  #report(error: unknown, { request, route }: Incoming): string {
    const requestId = makeRequestId(request.headers["x-request-id"]);
    try {
      this.#listener(error, { requestId, method: route.method });
    } catch {
      // Whoever listens for errors has failed; the client is answered all the same.
    }
    return requestId;
  }
}
