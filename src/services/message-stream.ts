/**
 * The items of a stream, each made into a message when it is pulled. A stream that ends because its signal has fired
 * says why. There may be thousands that wait: each is one small object.
 */
export class MessageStream<T, M> implements AsyncIterableIterator<M, undefined, undefined> {
  readonly #items: AsyncIterator<T, undefined>;
  readonly #toMessage: (result: IteratorResult<T, undefined>) => IteratorResult<M, undefined>;

  constructor(items: AsyncIterator<T, undefined>, toMessage: (item: T) => M, signal: AbortSignal) {
    this.#items = items;
    this.#toMessage = (result) => {
      if (result.done !== true) {
        return { done: false, value: toMessage(result.value) };
      }
      signal.throwIfAborted();
      return result;
    };
  }

  next(): Promise<IteratorResult<M, undefined>> {
    return this.#items.next().then(this.#toMessage);
  }

  async return(): Promise<IteratorResult<M, undefined>> {
    await this.#items.return?.();
    return { done: true, value: undefined };
  }

  /** Tells the stream why it is given up; rejects with what it says to that. */
  async throw(reason: unknown): Promise<IteratorResult<M, undefined>> {
    await this.#items.throw?.(reason);
    throw reason;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
