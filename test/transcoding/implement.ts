import type { DescMethod, Message } from "@bufbuild/protobuf";
import { createMethodImplSpec, type HandlerContext, type MethodImpl, type MethodImplSpec } from "@connectrpc/connect";

/** What a method of any kind can be implemented by, once its types are out of sight. */
type Implementation = (
  request: Message,
  context: HandlerContext,
) => Message | Promise<Message> | AsyncIterable<Message>;

/** Implements a method that is known by its descriptor alone. */
export function implement(method: DescMethod, implementation: Implementation): MethodImplSpec {
  // The caller answers for the types, as nobody else knows them.
  return createMethodImplSpec(method, implementation as unknown as MethodImpl<DescMethod>);
}
