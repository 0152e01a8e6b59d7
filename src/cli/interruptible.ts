const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Something that is left undone where it is interrupted. */
interface Undone {
  discard(): void;
}

/**
 * Begins something and does work on it, and discards it where the work fails, or a signal ends the process, which then
 * ends by that signal as if nobody had listened.
 */
export async function interruptible<U extends Undone, T>(begin: () => U, work: (undone: U) => Promise<T>): Promise<T> {
  let undone: U | undefined;
  const leave = (signal: NodeJS.Signals) => {
    undone?.discard();
    stopListening();
    process.kill(process.pid, signal);
  };
  const stopListening = () => {
    for (const signal of signals) {
      process.removeListener(signal, leave);
    }
  };
  for (const signal of signals) {
    process.on(signal, leave);
  }
  try {
    undone = begin();
    return await work(undone);
  } catch (error) {
    undone?.discard();
    throw error;
  } finally {
    stopListening();
  }
}
