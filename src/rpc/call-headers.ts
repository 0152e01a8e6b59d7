import type { HandlerContext } from "@connectrpc/connect";

/** What the contexts of our own lanes can do without making a `Headers` object. */
interface LeanContext {
  /** A header of the request, by its name in lower case. */
  getRequestHeader(name: string): string | undefined;
  /** Sets a header of the answer, whatever the answer comes to. */
  setAnswerHeader(name: string, value: string): void;
}

/** A header of the request, by its name in lower case; undefined where it is absent. */
export function requestHeader(context: HandlerContext, name: string): string | undefined {
  return can(context, "getRequestHeader")
    ? context.getRequestHeader(name)
    : (context.requestHeader.get(name) ?? undefined);
}

/** Sets a header of the answer, or the metadata at the beginning of a stream. */
export function setAnswerHeader(context: HandlerContext, name: string, value: string): void {
  if (can(context, "setAnswerHeader")) {
    context.setAnswerHeader(name, value);
  } else {
    context.responseHeader.set(name, value);
  }
}

function can<M extends keyof LeanContext>(
  context: HandlerContext,
  method: M,
): context is HandlerContext & Pick<LeanContext, M> {
  // Only whether there is such a function is looked at.
  return typeof (context as Partial<LeanContext>)[method] === "function";
}
