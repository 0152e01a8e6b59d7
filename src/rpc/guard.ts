import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, MethodImplSpec } from "@connectrpc/connect";

type Message = MessageInitShape<DescMessage>;

/** The implementation of a method that answers one message: `I` is the request, or the stream of requests. */
export type Answer<I> = (input: I, context: HandlerContext) => Message | Promise<Message>;

/** The implementation of a method that answers a stream: `I` is the request, or the stream of requests. */
export type StreamAnswer<I> = (input: I, context: HandlerContext) => AsyncIterable<Message>;

/**
 * What stands before implementations: authentication, error mapping, metrics. It wraps each one once, when the
 * procedure table is built, and leaves a synchronous answer synchronous.
 */
export interface Guard {
  single<I>(method: DescMethod, next: Answer<I>): Answer<I>;
  stream<I>(method: DescMethod, next: StreamAnswer<I>): StreamAnswer<I>;
}

/** Wraps a procedure in guards; the first of them is the outermost. */
export function guarded(procedure: MethodImplSpec, guards: readonly Guard[]): MethodImplSpec {
  return guards.reduceRight(wrap, procedure);
}

function wrap(procedure: MethodImplSpec, guard: Guard): MethodImplSpec {
  const { method } = procedure;
  switch (procedure.kind) {
    case "unary":
      return { ...procedure, impl: guard.single(method, procedure.impl) };
    case "client_streaming": {
      const impl = guard.single(method, procedure.impl);
      const promised: typeof procedure.impl = async (requests, context) => impl(requests, context);
      return { ...procedure, impl: promised };
    }
    case "server_streaming":
      return { ...procedure, impl: guard.stream(method, procedure.impl) };
    case "bidi_streaming":
      return { ...procedure, impl: guard.stream(method, procedure.impl) };
    default:
      return procedure satisfies never;
  }
}
