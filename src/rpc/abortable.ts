/** The items of a stream until the signal fires: then it throws the signal's reason, even while it waits for an item. */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const item = await nextOrAbort(iterator, signal);
      if (item.done === true) {
        return;
      }
      yield item.value;
    }
  } finally {
    // Not awaited: behind an item that never comes it would never settle. What it throws concerns nobody any more.
    iterator.return?.().catch(() => {});
  }
}

// One listener for each item, taken off with it: a promise shared by all items would gather them for as long as the
// stream lasts.
function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
