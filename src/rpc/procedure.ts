import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { createServiceImplSpec, type HandlerContext, type MethodImplSpec, type ServiceImpl } from "@connectrpc/connect";
import type { Call, Conditional } from "../domain/call.ts";
import { readCallOf, writeCallOf } from "./call-of.ts";
import { type Guard, guarded } from "./guard.ts";

/** A method descriptor with its guarded implementation; a list of them is what every lane serves. */
export type Procedure = MethodImplSpec;

/**
 * A proto service without transport: each unary method takes the request, who calls, and whether the answer is held
 * already; each that answers a stream the request, who calls, and when to end. For methods that have no side effects, who
 * calls is no more than the caller's scope.
 */
export type Service<S extends DescService> = {
  [M in keyof S["method"]]: ServiceMethod<S["method"][M]>;
};

/** When a stream is over because nobody listens any more, or the server ends. */
export interface StreamEnd {
  readonly signal: AbortSignal;
}

type ServiceMethod<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? Invoke<I, Conditional, MessageInitShape<O> | Promise<MessageInitShape<O>>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? Invoke<I, StreamEnd, AsyncIterable<MessageInitShape<O>>>
      : never;

type Invoke<I extends DescMessage, Circumstance, Answer> = (
  request: MessageShape<I>,
  call: Call,
  circumstance: Circumstance,
) => Answer;

type Output = MessageInitShape<DescMessage>;
type UnaryImpl = Extract<Procedure, { kind: "unary" }>["impl"];
type StreamImpl = Extract<Procedure, { kind: "server_streaming" }>["impl"];

const unconditional: Conditional = Object.freeze({ holds: () => false });

/** Makes the procedures of a service; throws a TypeError for a method that takes a stream or has no implementation. */
export function procedures<S extends DescService>(
  desc: S,
  service: Service<S>,
  guards: readonly Guard[],
): readonly Procedure[] {
  return desc.methods.map((method) => guarded(procedureOf(method, service), guards));
}

/** Makes the procedures of a service that is implemented the way of Connect, streams included. */
export function connectProcedures<S extends DescService>(
  desc: S,
  implementation: ServiceImpl<S>,
  guards: readonly Guard[],
): readonly Procedure[] {
  const { methods } = createServiceImplSpec<S>(desc, implementation);
  return Object.values(methods).map((method) => guarded(method, guards));
}

/** The path under which Connect, gRPC and gRPC-Web call a method: `/package.Service/Method`. */
export function procedurePath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function procedureOf(method: DescMethod, service: object): Procedure {
  // Whether there is a function under the method's local name, as the mapped type `Service` says, is checked below.
  const implementation = (service as Readonly<Record<string, unknown>>)[method.localName];
  if (typeof implementation !== "function") {
    throw new TypeError(`${method.toString()} needs an implementation`);
  }
  const bound = implementation.bind(service);
  if (isUnary(method)) {
    return { kind: "unary", method, impl: unary(method, bound) };
  }
  if (isServerStreaming(method)) {
    return { kind: "server_streaming", method, impl: serverStream(method, bound) };
  }
  throw new TypeError(`${method.toString()} takes a stream, which a service without transport can't`);
}

function unary(method: DescMethod, invoke: Invoke<DescMessage, Conditional, Output | Promise<Output>>): UnaryImpl {
  return hasSideEffects(method)
    ? (request, context) => invoke(request, writeCallOf(context, method, request), unconditional)
    : (request, context) => invoke(request, readCallOf(context), conditionalOf(context));
}

function serverStream(method: DescMethod, invoke: Invoke<DescMessage, StreamEnd, AsyncIterable<Output>>): StreamImpl {
  return hasSideEffects(method)
    ? (request, context) => invoke(request, writeCallOf(context, method, request), context)
    : (request, context) => invoke(request, readCallOf(context), context);
}

function hasSideEffects({ idempotency }: DescMethod): boolean {
  return idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/** A lane whose protocol has conditional requests gives its contexts this method. */
function conditionalOf(context: HandlerContext): Conditional {
  return "holds" in context && typeof context.holds === "function"
    ? (context as HandlerContext & Conditional)
    : unconditional;
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function isServerStreaming(method: DescMethod): method is DescMethodServerStreaming {
  return method.methodKind === "server_streaming";
}
