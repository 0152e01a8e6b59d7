import type { DescMethod } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Guard } from "../rpc/guard.ts";
import type { ObservedMethod } from "./observed-method.ts";
import { ObservedStream } from "./observed-stream.ts";

/**
 * Makes the guard that sees what every call comes to. It is the outermost one: what it sees is what the caller is
 * answered, errors in the words of the protocols.
 */
export function observingGuard(observe: (method: DescMethod) => ObservedMethod): Guard {
  return {
    single(method, next) {
      const observed = observe(method);
      return (input, context) => {
        const began = observed.begin();
        try {
          const answer = next(input, context);
          if (answer instanceof Promise) {
            return whenSettled(answer, { observed, context, input, began });
          }
          observed.succeed(context, input, began);
          return answer;
        } catch (error) {
          observed.fail(context, input, began, error);
          throw error;
        }
      };
    },
    stream(method, next) {
      const observed = observe(method);
      return (input, context) => {
        observed.open(context);
        return new ObservedStream(next(input, context), context, (error) => observed.close(context, input, error));
      };
    },
  };
}

interface Begun {
  readonly observed: ObservedMethod;
  readonly context: HandlerContext;
  readonly input: unknown;
  readonly began: number;
}

function whenSettled<T>(answer: Promise<T>, { observed, context, input, began }: Begun): Promise<T> {
  return answer.then(
    (value) => {
      observed.succeed(context, input, began);
      return value;
    },
    (error: unknown) => {
      observed.fail(context, input, began, error);
      throw error;
    },
  );
}
