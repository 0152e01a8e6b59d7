import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Call } from "../domain/call.ts";
import { callOf } from "./call-metadata.ts";
import { idempotencyOf } from "./idempotency.ts";
import { conditionsOf } from "./write-conditions.ts";

/** Reads who writes, why, on what conditions and under which key; `INVALID_ARGUMENT` names the header at fault. */
export function writeCallOf(header: Pick<Headers, "get">, method: DescMethod, request: Message): Call {
  const call = callOf(header);
  const conditions = conditionsOf(header);
  const idempotency = idempotencyOf(header, method, request);
  return conditions === undefined && idempotency === undefined ? call : { ...call, conditions, idempotency };
}
