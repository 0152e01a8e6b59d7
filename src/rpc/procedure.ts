import type {
  DescMessage,
  DescMethod,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { createServiceImplSpec, type MethodImplSpec, type ServiceImpl } from "@connectrpc/connect";
import type { Call } from "../domain/call.ts";
import { callOf } from "./call-metadata.ts";
import { type Guard, guarded } from "./guard.ts";

/** A method descriptor with its guarded implementation; a list of them is what every lane serves. */
export type Procedure = MethodImplSpec;

/** A proto service without transport: each unary method takes the request and who calls. */
export type Service<S extends DescService> = {
  [M in keyof S["method"]]: ServiceMethod<S["method"][M]>;
};

type Answered = MessageInitShape<DescMessage> | Promise<MessageInitShape<DescMessage>>;

type ServiceMethod<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, call: Call) => MessageInitShape<O> | Promise<MessageInitShape<O>>
    : never;

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
  const invoke: (request: MessageShape<DescMessage>, call: Call) => Answered = implementation.bind(service);
  return { kind: "unary", method, impl: (request, context) => invoke(request, callOf(context.requestHeader)) };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}
