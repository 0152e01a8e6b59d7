import type { Awaitable } from "../../domain/awaitable.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import type { Logger } from "../../rpc/logger.ts";
import { requestIdFrom, requestIdKey } from "../../rpc/request-id.ts";
import { type Answer, isGone, send } from "../../transcoding/response.ts";
import { codeOfStatus, type ObservedExchange } from "./observed-exchange.ts";
import { internalError, type OfrepError, ofrepErrorOf } from "./ofrep-error.ts";

const jsonType = "application/json";

/** A whole answer with a JSON body. */
export function jsonAnswer(status: number, json: object): Answer {
  return { status, headers: { "content-type": jsonType }, body: JSON.stringify(json) };
}

/** Sends answers, each with the revision that it includes, and says errors in the words of OFREP. */
export class AnswerDesk {
  readonly #flags: Flags;
  readonly #logger: Pick<Logger, "error">;
  readonly #areStrangersTold: boolean;

  /** Errors may be for strangers; `areStrangersTold` says whether those may know the revision. */
  constructor(flags: Flags, logger: Pick<Logger, "error">, areStrangersTold: boolean) {
    this.#flags = flags;
    this.#logger = logger;
    this.#areStrangersTold = areStrangersTold;
  }

  /** Sends what `make` answers, or the error that it throws; `key` is that of the flag that was asked for. */
  proceed(exchange: ObservedExchange, make: () => Awaitable<Answer>, key?: string): void {
    try {
      const answer = make();
      if (answer instanceof Promise) {
        answer.then(
          (arrived) => this.send(exchange, arrived),
          (error: unknown) => this.fail(exchange, error, key),
        );
      } else {
        this.send(exchange, answer);
      }
    } catch (error) {
      this.fail(exchange, error, key);
    }
  }

  /** Sends an answer. */
  send(exchange: ObservedExchange, answer: Answer): void {
    if (answer.status < 400 || this.#areStrangersTold) {
      answer.headers["orgflags-revision"] = String(this.#flags.revision);
    }
    send(exchange, answer);
    exchange.observed.end(codeOfStatus(answer.status), answer.headers[requestIdKey]?.toString());
  }

  /** Answers an error. One that nobody has foreseen is logged, and told to nobody. */
  fail(exchange: ObservedExchange, error: unknown, key?: string): void {
    if (error instanceof DomainError && error.cause !== undefined) {
      // What kept a read from being answered is for the operator: a disk that fails, for one.
      this.#logger.error({ err: error.cause }, error.message);
    }
    this.refuse(exchange, ofrepErrorOf(error) ?? this.#unexpected(exchange, error), key);
  }

  /** Answers an error that is known. */
  refuse(exchange: ObservedExchange, { status, errorCode, errorDetails, headers }: OfrepError, key?: string): void {
    if (exchange.response.headersSent || isGone(exchange.response)) {
      exchange.response.destroy();
      exchange.observed.end(codeOfStatus(status));
      return;
    }
    const code = errorCode === undefined ? undefined : { ...(key !== undefined && { key }), errorCode };
    const answer = jsonAnswer(status, { ...code, errorDetails });
    answer.headers[requestIdKey] = headers[requestIdKey] ?? requestIdFrom(exchange.request.headers[requestIdKey]);
    Object.assign(answer.headers, headers);
    this.send(exchange, answer);
  }

  #unexpected({ request }: ObservedExchange, error: unknown): OfrepError {
    const requestId = requestIdFrom(request.headers[requestIdKey]);
    this.#logger.error({ err: error, requestId }, "unexpected error");
    return { ...internalError(requestId), headers: { [requestIdKey]: requestId } };
  }
}
