/**
 * A stream with what it throws put in other words. It is opened by its first `next`, so that what opening throws is
 * put so, too. There may be thousands that wait: each is one small object.
 */
export class RefusingStream<T> implements AsyncIterableIterator<T, unknown, undefined> {
  readonly #refuse: (error: unknown) => never;
  #open: (() => AsyncIterable<T>) | undefined;
  #items: AsyncIterator<T, unknown> | undefined;

  /** `refuse` throws what the caller is to be told of an error. */
  constructor(open: () => AsyncIterable<T>, refuse: (error: unknown) => never) {
    this.#open = open;
    this.#refuse = refuse;
  }

  next(): Promise<IteratorResult<T, unknown>> {
    try {
      this.#items ??= this.#open?.()[Symbol.asyncIterator]();
      this.#open = undefined;
      return this.#items === undefined ? ended() : this.#items.next().catch(this.#refuse);
    } catch (error) {
      return Promise.reject(error).catch(this.#refuse);
    }
  }

  return(): Promise<IteratorResult<T, unknown>> {
    this.#open = undefined;
    return this.#items?.return?.() ?? ended();
  }

  /** Tells the stream why it is given up; rejects with what it says to that. */
  throw(reason: unknown): Promise<IteratorResult<T, unknown>> {
    this.#open = undefined;
    const items = this.#items;
    if (items?.throw !== undefined) {
      return items.throw(reason).catch(this.#refuse);
    }
    // What a stream throws while it cleans up concerns nobody any more.
    items?.return?.().catch(() => {});
    return Promise.reject(reason).catch(this.#refuse);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function ended(): Promise<IteratorReturnResult<undefined>> {
  return Promise.resolve({ done: true, value: undefined });
}
