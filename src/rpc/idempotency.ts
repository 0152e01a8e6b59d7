import { hash } from "node:crypto";
import { type DescMethod, type Message, toBinary } from "@bufbuild/protobuf";
import type { Scope } from "../domain/access.ts";
import type { Idempotency } from "../domain/call.ts";
import { invalidArgument } from "../domain/errors.ts";
import { scopeText } from "../domain/scope-text.ts";
import { quote } from "../domain/validation.ts";

const idempotencyKey = "Idempotency-Key";
const printableAscii = /^[\x20-\x7e]{1,255}$/;

/** Reads the `Idempotency-Key` of a call, and what is called with what in which scope; undefined where there is no key. */
export function idempotencyOf(
  header: Pick<Headers, "get">,
  method: DescMethod,
  request: Message,
  scope: Scope | undefined,
): Idempotency | undefined {
  const key = header.get(idempotencyKey);
  if (key === null) {
    return undefined;
  }
  if (!printableAscii.test(key)) {
    const description = `must be 1 to 255 printable ASCII characters; got ${quote(key)}`;
    throw invalidArgument([{ field: idempotencyKey, description }]);
  }
  return { key, fingerprint: fingerprint(method, request, scope) };
}

/**
 * No method name and no scope holds a NUL, so that no two calls run together. What came of a call within one scope is not
 * told within another.
 */
function fingerprint(method: DescMethod, request: Message, scope: Scope | undefined): string {
  const name = Buffer.from(`${method.parent.typeName}/${method.name}${scopeText(scope)}\0`);
  return hash("sha256", Buffer.concat([name, toBinary(method.input, request)]), "base64url");
}
