import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { everything } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { requestHeader } from "../rpc/call-headers.ts";
import { setCaller } from "../rpc/caller.ts";
import type { Guard } from "../rpc/guard.ts";
import type { Access } from "./access.ts";
import { AdmittedStream } from "./admitted-stream.ts";
import type { LiveStreams } from "./live-streams.ts";
import { requireNamed, requireNeeds } from "./permission.ts";
import type { Credentials, Proof } from "./proof.ts";
import type { Rule } from "./rule.ts";
import type { Rules } from "./rules.ts";

/** What the guard asks. */
export interface AccessGuardOptions {
  readonly rules: Rules;
  readonly access: Access;
  readonly streams: LiveStreams;
  /** The name in the certificate of who calls. */
  readonly certificateNameOf: (context: HandlerContext) => string | undefined;
}

// Which message a rule takes is known to its table; the guard hands over that of the rule's own method.
type AnyRule = Rule<unknown>;

/**
 * Makes the guard that lets in who may call a method, and tells implementations who that is. A call whose credentials
 * are known stays synchronous. Throws a TypeError for a method that has no rule, when it is put before that.
 */
export function accessGuard(options: AccessGuardOptions): Guard {
  const { rules, streams } = options;
  return {
    single(method, next) {
      const rule = rules.of(method) as "open" | AnyRule;
      if (rule === "open") {
        return next;
      }
      return (input, context) => {
        const admitted = admit(options, rule, input, context);
        return admitted instanceof Promise ? admitted.then(() => next(input, context)) : next(input, context);
      };
    },
    stream(method, next) {
      const rule = rules.of(method) as "open" | AnyRule;
      if (rule === "open") {
        return next;
      }
      return (input, context) => {
        const open = (proof: Proof | undefined) => {
          const messages = next(input, context);
          const credentials = credentialsOf(options, context);
          return proof === undefined
            ? messages
            : new AdmittedStream(messages, (stream) => streams.admit(credentials, proof, stream));
        };
        const admitted = admit(options, rule, input, context);
        return admitted instanceof Promise ? after(admitted, open) : open(admitted);
      };
    },
  };
}

function admit(
  options: AccessGuardOptions,
  rule: AnyRule,
  input: unknown,
  context: HandlerContext,
): Awaitable<Proof | undefined> {
  const proof = options.access.admit(credentialsOf(options, context), rule.role);
  return proof instanceof Promise
    ? proof.then((arrived) => authorise(rule, arrived, input, context))
    : authorise(rule, proof, input, context);
}

/** The certificate counts where there is no header; over HTTP/2 it costs more to find out than all the rest. */
function credentialsOf({ certificateNameOf }: AccessGuardOptions, context: HandlerContext): Credentials {
  const authorization = requestHeader(context, "authorization");
  return { authorization, certificateName: authorization === undefined ? certificateNameOf(context) : undefined };
}

/** Throws `PERMISSION_DENIED`, and otherwise answers the proof again. */
function authorise(
  { needs, names, also }: AnyRule,
  proof: Proof | undefined,
  input: unknown,
  context: HandlerContext,
): Awaitable<Proof | undefined> {
  if (proof === undefined) {
    return undefined;
  }
  const { identity } = proof;
  const isScoped = identity.scope !== everything;
  if (isScoped) {
    requireNeeds(identity.scope, needs);
    requireNamed(identity.scope, names?.(input, (name) => requestHeader(context, name)) ?? []);
  }
  // Reading values costs a call that is made by whoever may see everything more than all the rest of this.
  if (isScoped || context.method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) {
    setCaller(context, identity);
  }
  return also === undefined ? proof : whenReady(also(input, identity), () => proof);
}

async function* after<M>(
  admitted: Promise<Proof | undefined>,
  open: (proof: Proof | undefined) => AsyncIterable<M>,
): AsyncGenerator<M, void, undefined> {
  yield* open(await admitted);
}
