import { Code, ConnectError } from "@connectrpc/connect";
import { CodeSchema } from "../../gen/google/rpc/code_pb.ts";

const names = CodeSchema.values.toSorted((a, b) => a.number - b.number).map(({ name }) => name);

/** How many codes there are; they are the numbers from 0, which is no error. */
export const codeCount = names.length;

/** The name of a code, as `google.rpc.Code` has it. */
export function codeName(code: number): string {
  return names[code] ?? "UNKNOWN";
}

/** The code of what a call came to: 0 without an error, `INTERNAL` of an error that is in no protocol's words. */
export function codeOf(error: unknown): Code | 0 {
  if (error === undefined) {
    return 0;
  }
  return error instanceof ConnectError ? error.code : Code.Internal;
}
