import type { DescMethodUnary } from "@bufbuild/protobuf";
import { type Procedure, procedurePath } from "../../rpc/procedure.ts";
import { binaryCodec, type Codec, jsonCodec } from "./codec.ts";

/** A procedure of one request and one response, with what makes bytes of its messages. */
export interface UnaryProcedure {
  readonly method: DescMethodUnary;
  readonly impl: Extract<Procedure, { kind: "unary" }>["impl"];
  readonly binary: Codec;
  readonly json: Codec;
}

/** The unary ones of the procedures, by their paths. */
export function unaryProcedures(
  procedures: readonly Procedure[],
  readMaxBytes: number,
): ReadonlyMap<string, UnaryProcedure> {
  const table = new Map<string, UnaryProcedure>();
  for (const procedure of procedures) {
    if (procedure.kind === "unary") {
      const { method, impl } = procedure;
      const codecs = { binary: binaryCodec(method, readMaxBytes), json: jsonCodec(method, readMaxBytes) };
      table.set(procedurePath(method), { method, impl, ...codecs });
    }
  }
  return table;
}
