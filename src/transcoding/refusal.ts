import { Code, ConnectError } from "@connectrpc/connect";
import type { HttpRequest } from "./body.ts";
import { RequestFault } from "./request-fault.ts";
import type { AddedHeaders } from "./response.ts";
import type { Settings } from "./settings.ts";

/** What a request is told that has not come to a method. */
export interface Refusal {
  readonly error: unknown;
  readonly headers: AddedHeaders;
}

/** Has whoever wants to know hear of a request that is refused for this fault; they may have a better reason. */
export function refusalOf({ onRefusal }: Settings, request: HttpRequest, fault: unknown): Refusal {
  try {
    return { error: fault, headers: onRefusal(request, codeOf(fault)) ?? {} };
  } catch (error) {
    return { error, headers: {} };
  }
}

function codeOf(fault: unknown): Code {
  return fault instanceof RequestFault || fault instanceof ConnectError ? fault.code : Code.Internal;
}
