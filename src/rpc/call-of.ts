import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { everything, type Identity } from "../domain/access.ts";
import type { Call } from "../domain/call.ts";
import { DomainError } from "../domain/errors.ts";
import { anonymous, callOf } from "./call-metadata.ts";
import { callerOf } from "./caller.ts";
import { idempotencyOf } from "./idempotency.ts";
import { conditionsOf } from "./write-conditions.ts";

/** Says who reads: nobody in particular, within the bounds of the caller's scope. */
export function readCallOf(context: HandlerContext): Call {
  const caller = callerOf(context);
  return caller === undefined || caller.scope === everything ? anonymous : { ...anonymous, scope: caller.scope };
}

/**
 * Reads who writes, why, on what conditions and under which key; `INVALID_ARGUMENT` names the header at fault. A caller
 * whose name is proven writes under that name: `PERMISSION_DENIED` where it asks for another one and is no admin.
 */
export function writeCallOf(context: HandlerContext, method: DescMethod, request: Message): Call {
  const header = context.requestHeader;
  const call = asCaller(callOf(header), callerOf(context));
  const conditions = conditionsOf(header);
  const idempotency = idempotencyOf(header, method, request, call.scope);
  return conditions === undefined && idempotency === undefined ? call : { ...call, conditions, idempotency };
}

function asCaller(call: Call, caller: Identity | undefined): Call {
  if (caller === undefined) {
    return call;
  }
  const isNamed = call.actor !== anonymous.actor && call.actor !== caller.name;
  if (isNamed && caller.role !== "admin") {
    const own = JSON.stringify(caller.name);
    throw new DomainError(
      "PERMISSION_DENIED",
      `orgflags-actor: only an admin may act as another; leave it out, or give ${own}`,
    );
  }
  const { scope } = caller;
  return { ...call, actor: isNamed ? call.actor : caller.name, ...(scope !== everything && { scope }) };
}
