import type {
  DescMessage,
  DescMethod,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { createServiceImplSpec, type HandlerContext, type MethodImplSpec, type ServiceImpl } from "@connectrpc/connect";
import type { Call, Conditional } from "../domain/call.ts";
import { anonymous, callOf } from "./call-metadata.ts";
import { type Guard, guarded } from "./guard.ts";

/** A method descriptor with its guarded implementation; a list of them is what every lane serves. */
export type Procedure = MethodImplSpec;

/**
 * A proto service without transport: each unary method takes the request, who calls, and whether the answer is held
 * already. Who calls is not looked at for methods that have no side effects.
 */
export type Service<S extends DescService> = {
  [M in keyof S["method"]]: ServiceMethod<S["method"][M]>;
};

type UnaryImpl = Extract<Procedure, { kind: "unary" }>["impl"];
type Answered = MessageInitShape<DescMessage> | Promise<MessageInitShape<DescMessage>>;

type ServiceMethod<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (
        request: MessageShape<I>,
        call: Call,
        conditional: Conditional,
      ) => MessageInitShape<O> | Promise<MessageInitShape<O>>
    : never;

const unconditional: Conditional = Object.freeze({ holds: () => false });

/** Makes the procedures of a service; throws a TypeError for a method that is streaming or has no implementation. */
export function procedures<S extends DescService>(
  desc: S,
  service: Service<S>,
  guards: readonly Guard[],
): readonly Procedure[] {
  return desc.methods.map((method) => guarded(unary(method, service), guards));
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

function unary(method: DescMethod, service: object): Procedure {
  // Whether there is a function under the method's local name, as the mapped type `Service` says, is checked below.
  const implementation = (service as Readonly<Record<string, unknown>>)[method.localName];
  if (!isUnary(method) || typeof implementation !== "function") {
    throw new TypeError(`${method.toString()} needs a unary implementation`);
  }
  const invoke: (request: MessageShape<DescMessage>, call: Call, conditional: Conditional) => Answered =
    implementation.bind(service);
  if (method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) {
    return { kind: "unary", method, impl: (request, context) => invoke(request, anonymous, conditionalOf(context)) };
  }
  const impl: UnaryImpl = (request, context) => invoke(request, callOf(context.requestHeader), unconditional);
  return { kind: "unary", method, impl };
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
