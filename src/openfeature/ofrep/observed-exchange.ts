import { Code } from "@connectrpc/connect";
import type { ObservedCall } from "../../rpc/call-observer.ts";
import type { Exchange } from "../../transcoding/response.ts";

/** A request, the response to it, and who is told what it came to. */
export interface ObservedExchange extends Exchange {
  readonly observed: ObservedCall;
}

/** The code that says the same as a status of OFREP; 0 for one that is no error. */
export function codeOfStatus(status: number): Code | 0 {
  switch (status) {
    case 401:
      return Code.Unauthenticated;
    case 403:
      return Code.PermissionDenied;
    case 404:
      return Code.NotFound;
    case 405:
      return Code.Unimplemented;
    case 429:
      return Code.ResourceExhausted;
    case 503:
      return Code.Unavailable;
    default:
      return status < 400 ? 0 : status < 500 ? Code.InvalidArgument : Code.Internal;
  }
}
