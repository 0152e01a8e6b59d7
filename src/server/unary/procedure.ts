import type { DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import { createMethodSerializationLookup, type MethodSerializationLookup } from "@connectrpc/connect/protocol";
import { type Procedure, procedurePath } from "../../rpc/procedure.ts";
import { compileFlat, type WriteFlat } from "./flat-message.ts";

/** A procedure of one request and one response, with what makes bytes of its messages. */
export interface UnaryProcedure {
  readonly method: DescMethodUnary;
  readonly impl: Extract<Procedure, { kind: "unary" }>["impl"];
  /** Parses requests of up to the limit and serializes responses; throws ConnectErrors. */
  readonly serialization: MethodSerializationLookup<DescMessage, DescMessage>;
  /** A quicker way to serialize some responses. */
  readonly writeFlat: WriteFlat | undefined;
}

// What connect allows where nothing is set: more than a message can have.
const writeMaxBytes = 0xffffffff;

/** The unary ones of the procedures, by their paths. */
export function unaryProcedures(
  procedures: readonly Procedure[],
  readMaxBytes: number,
): ReadonlyMap<string, UnaryProcedure> {
  const limits = { readMaxBytes, writeMaxBytes };
  const table = new Map<string, UnaryProcedure>();
  for (const procedure of procedures) {
    if (procedure.kind === "unary") {
      const { method, impl } = procedure;
      const serialization = createMethodSerializationLookup(method, undefined, undefined, limits);
      table.set(procedurePath(method), { method, impl, serialization, writeFlat: compileFlat(method.output) });
    }
  }
  return table;
}
