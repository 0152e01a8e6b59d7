/** A value that is there, or will be: stores in this process answer at once, others need not. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value at once if it is there, so that an answer from memory costs no promise. */
export function whenReady<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
