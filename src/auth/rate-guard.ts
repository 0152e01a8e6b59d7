import type { HandlerContext } from "@connectrpc/connect";
import { addressKey } from "../rpc/address-key.ts";
import { isCounted } from "../rpc/counted-call.ts";
import type { Guard } from "../rpc/guard.ts";
import { peerOf } from "../rpc/peer.ts";
import type { RateLimiter } from "../rpc/rate-limiter.ts";

/**
 * Makes the guard that counts calls by the address that they come from, and refuses those that are too many; of a stream
 * its beginning counts. It stands before the guard that looks at credentials, so that bad ones count, too. What its lane
 * has counted before it was read counts no more.
 */
export function addressRateGuard(limiter: RateLimiter): Guard {
  const count = (context: HandlerContext): void => {
    if (!isCounted(context)) {
      limiter.count(addressKey(peerOf(context).address));
    }
  };
  return {
    single: (_method, next) => (input, context) => {
      count(context);
      return next(input, context);
    },
    stream: (_method, next) => (input, context) => {
      count(context);
      return next(input, context);
    },
  };
}
