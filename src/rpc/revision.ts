import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError, type HandlerContext } from "@connectrpc/connect";
import { requestHeader, setAnswerHeader } from "./call-headers.ts";
import type { Guard, StreamAnswer } from "./guard.ts";
import { revisionOf } from "./revision-text.ts";

const revisionKey = "orgflags-revision";
const minRevisionKey = "orgflags-min-revision";
const defaultWaitMs = 1000;
/** What of a caller's deadline is waited: the rest is for the answer, which would be too late at the deadline itself. */
const waitShare = 0.9;
/** A request that waits is kept in memory, and nobody knows how many do. */
const longestWaitMs = 30_000;

/** What answers are made of, and how new it is. */
export interface Revisions {
  /** The last revision that an answer made now includes. */
  readonly revision: number;
  /** Waits until answers include a revision: `UNAVAILABLE` where that takes longer. */
  atLeast(revision: number, timeoutMs: number, signal: AbortSignal): void | Promise<void>;
}

/**
 * Makes the guard that tells the revision of each answer in `orgflags-revision`, of a stream when it begins. Methods
 * without side effects wait for the revision that `orgflags-min-revision` asks for.
 */
export function revisionGuard(revisions: Revisions): Guard {
  const tell = (context: HandlerContext, revision = revisions.revision) =>
    setAnswerHeader(context, revisionKey, String(revision));
  return {
    single(method, next) {
      const answer: typeof next = (input, context) => {
        const { revision } = revisions;
        const made = next(input, context);
        if (!(made instanceof Promise)) {
          tell(context);
          return made;
        }
        return made.then((value) => {
          // What a read is made of may be older than the end of its making.
          tell(context, hasNoEffects(method) ? revision : undefined);
          return value;
        });
      };
      return (input, context) => {
        const waiting = waitFor(revisions, method, context);
        return waiting === undefined ? answer(input, context) : waiting.then(() => answer(input, context));
      };
    },
    stream(method, next) {
      return (input, context) => {
        const waiting = waitFor(revisions, method, context);
        if (waiting !== undefined) {
          return after(
            waiting.then(() => tell(context)),
            next,
          )(input, context);
        }
        tell(context);
        return next(input, context);
      };
    },
  };
}

/** Puts the revision on an error, unless it is for somebody who is not known. */
export function labelRevision(revisions: Revisions, error: ConnectError): void {
  if (error.code !== Code.Unauthenticated) {
    error.metadata.set(revisionKey, String(revisions.revision));
  }
}

/** Undefined where there is nothing to wait for. */
function waitFor(revisions: Revisions, method: DescMethod, context: HandlerContext): Promise<void> | undefined {
  if (!hasNoEffects(method)) {
    return undefined;
  }
  const asked = requestHeader(context, minRevisionKey);
  if (asked === undefined) {
    return undefined;
  }
  const left = context.timeoutMs();
  const timeoutMs = left === undefined ? defaultWaitMs : Math.min(Math.max(0, left * waitShare), longestWaitMs);
  return Promise.resolve(revisions.atLeast(revisionOf(minRevisionKey, asked), timeoutMs, context.signal));
}

function hasNoEffects({ idempotency }: DescMethod): boolean {
  return idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

function after<I>(ready: Promise<void>, next: StreamAnswer<I>): StreamAnswer<I> {
  return async function* (input, context) {
    await ready;
    yield* next(input, context);
  };
}
