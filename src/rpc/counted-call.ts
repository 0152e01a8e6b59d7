import { type ContextValues, createContextKey, type HandlerContext } from "@connectrpc/connect";

const countedKey = createContextKey(false, { description: "whether the call is counted by its address already" });

/** Notes on the values for the context of a call that it is counted by its address already. */
export function noteCounted(values: ContextValues): ContextValues {
  return values.set(countedKey, true);
}

/** Whether that is noted. The contexts of our own lanes, which have their connection, have it never. */
export function isCounted(context: HandlerContext): boolean {
  return !("socket" in context) && context.values.get(countedKey);
}
