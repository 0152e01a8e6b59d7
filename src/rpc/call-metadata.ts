import { maxActorBytes, ownActorPrefix } from "../domain/actor-name.ts";
import type { Call } from "../domain/call.ts";
import { invalidArgument } from "../domain/errors.ts";

const actorKey = "orgflags-actor";
const reasonKey = "orgflags-reason";
const maxReasonBytes = 1024;

/** Who calls where nothing is said of it. */
export const anonymous: Call = Object.freeze({ actor: "anonymous", reason: "" });
const printableAscii = /^[\x20-\x7e]*$/;
const controlCharacter = /\p{Cc}/u;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads who calls and why from request metadata (`orgflags-actor`, `orgflags-reason`). What is too long, no UTF-8 or
 * has control characters is INVALID_ARGUMENT that names the key, as is an actor that names this service itself.
 */
export function callOf(metadata: Pick<Headers, "get">): Call {
  const actor = metadata.get(actorKey);
  const reason = metadata.get(reasonKey);
  if (!actor && !reason) {
    return anonymous;
  }
  return {
    actor: actor ? actorName(actor) : anonymous.actor,
    reason: reason ? text(reasonKey, reason, maxReasonBytes) : anonymous.reason,
  };
}

function actorName(bytes: string): string {
  const name = text(actorKey, bytes, maxActorBytes);
  if (name.startsWith(ownActorPrefix)) {
    const description = `must not begin with "${ownActorPrefix}", which is for changes that this service makes by itself`;
    throw invalidArgument([{ field: actorKey, description }]);
  }
  return name;
}

/** Header values come as one character for each byte. */
function text(key: string, bytes: string, maxBytes: number): string {
  if (bytes.length > maxBytes) {
    throw invalidArgument([{ field: key, description: `must be at most ${maxBytes} bytes, has ${bytes.length}` }]);
  }
  const decoded = printableAscii.test(bytes) ? bytes : decode(bytes);
  if (decoded === undefined || controlCharacter.test(decoded)) {
    throw invalidArgument([{ field: key, description: "must be UTF-8 text without control characters" }]);
  }
  return decoded;
}

function decode(bytes: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    // Not UTF-8: the caller words the error.
    return undefined;
  }
}
