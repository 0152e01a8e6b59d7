import { type ContextValues, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { everything, type Identity, type Scope } from "../domain/access.ts";

/** What the contexts of our own lanes tell, so that a call to which nobody has noted anything makes no values. */
interface LeanContext {
  readonly madeValues: ContextValues | undefined;
}

const callerKey = createContextKey<Identity | undefined>(undefined, { description: "who calls" });

/** Notes who calls, for the implementation. */
export function setCaller(context: HandlerContext, caller: Identity): void {
  context.values.set(callerKey, caller);
}

/** Who calls; undefined where nobody has to say it, or where nothing that the implementation does depends on it. */
export function callerOf(context: HandlerContext): Identity | undefined {
  const values = isLean(context) ? context.madeValues : context.values;
  return values?.get(callerKey);
}

/** Whom and what the caller may see and change. */
export function scopeOf(context: HandlerContext): Scope {
  return callerOf(context)?.scope ?? everything;
}

function isLean(context: HandlerContext): context is HandlerContext & LeanContext {
  return "madeValues" in context;
}
