import type { HandlerContext } from "@connectrpc/connect";
import { isFeatureKey, isOrgId } from "../domain/validation.ts";
import { requestHeader } from "../rpc/call-headers.ts";
import { callerOf } from "../rpc/caller.ts";
import { type Connected, peerOf, peerOfRequest } from "../rpc/peer.ts";
import { givenRequestId, requestIdKey } from "../rpc/request-id.ts";

/** Who calls, and about whom. */
export interface Circumstances {
  readonly requestId: string | undefined;
  readonly address: string;
  readonly actor: string | undefined;
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
}

const longestName = 256;
const printable = /^[\x20-\x7e]+$/;

/** Reads them from the context of a call and its message, which may be no message. */
export function circumstancesOf(context: HandlerContext, input: unknown): Circumstances {
  return {
    requestId: givenRequestId(requestHeader(context, requestIdKey)),
    address: peerOf(context).address,
    actor: callerOf(context)?.name ?? plain(requestHeader(context, "orgflags-actor")),
    orgId: idOf(input, "orgId", isOrgId),
    featureKey: idOf(input, "featureKey", isFeatureKey),
  };
}

/** The same of a request that is no call of a procedure. */
export function circumstancesOfRequest(
  request: Connected & { readonly headers: Readonly<Record<string, string | string[] | undefined>> },
): Circumstances {
  return {
    requestId: givenRequestId(request.headers[requestIdKey]),
    address: peerOfRequest(request).address,
    actor: undefined,
    orgId: undefined,
    featureKey: undefined,
  };
}

/** What is no id may be anything, and is not told. */
function idOf(input: unknown, field: string, isId: (text: string) => boolean): string | undefined {
  const value = typeof input === "object" && input !== null ? Reflect.get(input, field) : undefined;
  return typeof value === "string" && isId(value) ? value : undefined;
}

function plain(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= longestName && printable.test(text) ? text : undefined;
}
