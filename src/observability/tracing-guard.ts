import type { Guard } from "../rpc/guard.ts";
import type { CallSpan, CallTracer } from "./call-tracer.ts";
import { codeOf } from "./code-name.ts";
import { ObservedStream } from "./observed-stream.ts";
import { tracedCall } from "./traced-calls.ts";

/** Makes the guard that makes a span of every call; what stands behind it belongs to the span. */
export function tracingGuard(tracer: CallTracer): Guard {
  return {
    single: (method, next) => (input, context) => {
      const span = tracer.begin(tracedCall(method, context, input));
      try {
        const answer = span.run(() => next(input, context));
        return answer instanceof Promise ? whenSettled(answer, span) : ended(answer, span);
      } catch (error) {
        span.end(codeOf(error));
        throw error;
      }
    },
    stream: (method, next) => (input, context) => {
      const span = tracer.begin(tracedCall(method, context, input));
      const items = span.run(() => next(input, context));
      return new ObservedStream(within(items, span), context, (error) => span.end(codeOf(error)));
    },
  };
}

function ended<T>(answer: T, span: CallSpan): T {
  span.end(0);
  return answer;
}

function whenSettled<T>(answer: Promise<T>, span: CallSpan): Promise<T> {
  return answer.then(
    (value) => ended(value, span),
    (error: unknown) => {
      span.end(codeOf(error));
      throw error;
    },
  );
}

/** A stream each part of which is made within a span. */
function within<T>(items: AsyncIterable<T>, span: CallSpan): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const back = iterator.return?.bind(iterator);
  const raise = iterator.throw?.bind(iterator);
  const inSpan: AsyncIterator<T> = {
    next: () => span.run(() => iterator.next()),
    ...(back && { return: (value?: unknown) => span.run(() => back(value)) }),
    ...(raise && { throw: (reason?: unknown) => span.run(() => raise(reason)) }),
  };
  return { [Symbol.asyncIterator]: () => inSpan };
}
