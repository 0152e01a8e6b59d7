import type { Latencies } from "./latencies.ts";

/** Something that sends requests to one server, on connections that it has opened. */
export interface Load {
  /** Begins to send; what is answered is recorded. */
  start(latencies: Latencies): void;
  /** Sends no more; resolves when all is answered, rejects if an answer was not the expected one or a connection broke. */
  stop(): Promise<void>;
  /** Closes the connections. */
  close(): void;
}

/** Waits until nothing is under way; keeps the first failure, which also ends the waiting. */
export class InFlight {
  readonly #idle = Promise.withResolvers<void>();
  #count = 0;
  #stopping = false;
  /** Whether requests are to be sent. */
  #running = false;

  constructor() {
    // Whoever stops the load is told; until then nobody asks.
    this.#idle.promise.catch(() => {});
  }

  get running(): boolean {
    return this.#running;
  }

  begin(): void {
    this.#running = true;
  }

  sent(): void {
    this.#count++;
  }

  answered(): void {
    this.#count--;
    this.#settle();
  }

  fail(why: string): void {
    this.#running = false;
    this.#idle.reject(new Error(why));
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#stopping = true;
    this.#settle();
    return this.#idle.promise;
  }

  #settle(): void {
    if (this.#stopping && this.#count === 0) {
      this.#idle.resolve();
    }
  }
}

/**
 * Keeps this thread polling while a load runs. One that slept between answers would have to be woken by each of them,
 * and whoever wakes pays: a slow server for every answer, a quick one for hardly any.
 */
export function keepAwake(inFlight: InFlight): void {
  if (inFlight.running) {
    setImmediate(keepAwake, inFlight);
  }
}
