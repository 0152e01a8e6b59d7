import { Code, ConnectError } from "@connectrpc/connect";

/** The signal of a call, made when it is first asked for. */
interface Abortable {
  readonly signal: AbortSignal;
}

/**
 * A stream of which somebody hears when it is over: with undefined where it went to its end, with the error where not.
 * One whose client has left, or whose server ends, is over by the reason of its signal however it takes that. There may be
 * thousands that wait: each is one small object.
 */
export class ObservedStream<T> implements AsyncIterableIterator<T, unknown, undefined> {
  readonly #items: AsyncIterator<T, unknown>;
  readonly #call: Abortable;
  #over: ((error: unknown) => void) | undefined;

  /** `over` is called once. */
  constructor(items: AsyncIterable<T>, call: Abortable, over: (error: unknown) => void) {
    this.#items = items[Symbol.asyncIterator]();
    this.#call = call;
    this.#over = over;
  }

  next(): Promise<IteratorResult<T, unknown>> {
    return this.#items.next().then(this.#passOn, this.#fail);
  }

  return(): Promise<IteratorResult<T, unknown>> {
    this.#end(new ConnectError("the client went away", Code.Canceled));
    return this.#items.return?.() ?? Promise.resolve({ done: true, value: undefined });
  }

  throw(reason: unknown): Promise<IteratorResult<T, unknown>> {
    return (this.#items.throw?.(reason) ?? Promise.reject(reason)).catch(this.#fail);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #passOn = (result: IteratorResult<T, unknown>): IteratorResult<T, unknown> => {
    if (result.done === true) {
      this.#end(undefined);
    }
    return result;
  };

  readonly #fail = (error: unknown): never => {
    this.#end(error);
    throw error;
  };

  #end(error: unknown): void {
    const over = this.#over;
    this.#over = undefined;
    if (over !== undefined) {
      const { signal } = this.#call;
      over(signal.aborted ? ConnectError.from(signal.reason) : error);
    }
  }
}
