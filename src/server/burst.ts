/**
 * Serves together what has come together: requests are gathered while sockets are read, then served one after the
 * other. All of a burst had arrived before the first of it is served, so what has to be looked up for each of them at
 * a time after its arrival, can be looked up once for all.
 */
export class Burst {
  readonly #inBurst: (serve: () => void) => void;
  #waiting: (() => void)[] = [];

  /** `inBurst` is given what serves a burst, and calls it at once. */
  constructor(inBurst: (serve: () => void) => void) {
    this.#inBurst = inBurst;
  }

  /** Serves a request that is wholly there, as soon as the sockets that have something are read. It must not throw. */
  add(serve: () => void): void {
    if (this.#waiting.push(serve) === 1) {
      setImmediate(this.#serveAll);
    }
  }

  /** Serves at once what waits, for something that must not overtake it. */
  flush(): void {
    this.#serveAll();
  }

  readonly #serveAll = (): void => {
    const burst = this.#waiting;
    if (burst.length === 0) {
      return;
    }
    this.#waiting = [];
    this.#inBurst(() => {
      for (const serve of burst) {
        serve();
      }
    });
  };
}
