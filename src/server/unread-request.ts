import { Code, type ContextValues, createContextKey } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import type { Procedure } from "../rpc/procedure.ts";

const isRead = createContextKey(false);

/** The same procedure, which notes that a request was read. */
export function notingRead(procedure: Procedure): Procedure {
  if (procedure.kind !== "unary") {
    return procedure;
  }
  const impl: typeof procedure.impl = (request, context) => {
    context.values.set(isRead, true);
    return procedure.impl(request, context);
  };
  return { ...procedure, impl };
}

/**
 * What Connect's unary answer is to be: bytes that are no message, or that can't be decompressed, are the caller's fault
 * (`invalid_argument`), of which connect-node says `internal`. Where gRPC is spoken, gRPC prescribes that word.
 */
export async function blameForUnread(
  answer: UniversalServerResponse,
  values: ContextValues,
): Promise<UniversalServerResponse> {
  if (answer.status !== codeToHttpStatus(Code.Internal) || values.get(isRead) || answer.body === undefined) {
    return answer;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const error = answer.header?.get("content-encoding") ? undefined : parsed(bytes);
  if (error === undefined) {
    return { ...answer, body: once(bytes) };
  }
  const body = Buffer.from(JSON.stringify({ ...error, code: codeToString(Code.InvalidArgument) }));
  answer.header?.set("content-length", String(body.length));
  return { ...answer, status: codeToHttpStatus(Code.InvalidArgument), body: once(body) };
}

/** Connect's JSON form of an INTERNAL error; undefined of anything else. */
function parsed(bytes: Buffer): object | undefined {
  const error: { readonly code: string } = JSON.parse(bytes.toString());
  return error.code === codeToString(Code.Internal) ? error : undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
