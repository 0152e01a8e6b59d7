import type { Code } from "@connectrpc/connect";
import type { Connected } from "./peer.ts";

/** What a lane whose calls are no procedures tells of a request. */
export interface ObservedRequest extends Connected {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A call that has begun. */
export interface ObservedCall {
  /** The call answers a stream, which has opened. */
  streams(): void;
  /** The call is over; 0 stands for one that went well. An error has an id. Only the first time counts. */
  end(code: Code | 0, requestId?: string): void;
}

/** Is told of the calls of a lane whose calls are no procedures; guards see to those of procedures. */
export interface CallObserver {
  /** A call of one of the lane's operations begins. */
  begin(operation: string, request: ObservedRequest): ObservedCall;
}
