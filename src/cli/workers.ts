import { setTimeout as delay } from "node:timers/promises";
import type { Acceptor } from "../server/acceptor.ts";
import type { Logger } from "./logger.ts";
import { printRefusal } from "./store-refusal.ts";
import { type Outcome, Worker } from "./worker.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

const firstRetryMs = 100;
const longestRetryMs = 30_000;

interface WorkersOptions {
  readonly acceptor: Acceptor;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
  readonly args: readonly string[];
}

/** The server processes of a supervisor. */
export class Workers {
  readonly #acceptor: Acceptor;
  readonly #metrics: WorkerMetrics;
  readonly #logger: Logger;
  readonly #args: readonly string[];
  /** Those that live, whether they open yet, serve, or are ending. */
  readonly #alive = new Set<Worker>();
  /** Those of them that have opened. */
  readonly #opened = new Set<Worker>();
  readonly #stopping = new AbortController();
  #rolling: Promise<void> | undefined;

  /** `args` are those of `serve`. */
  constructor({ acceptor, metrics, logger, args }: WorkersOptions) {
    this.#acceptor = acceptor;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#args = args;
  }

  /**
   * Starts one; resolves when it serves, or has said why it can't, or with nothing where all stop. One that is told to
   * stop before it listens for that is replaced without a word: often all were told, and the supervisor hears it last.
   */
  async add(): Promise<Outcome | undefined> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const outcome = await this.#start();
      if (outcome !== undefined) {
        return outcome;
      }
      await delay(firstRetryMs, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  async #start(): Promise<Outcome | undefined> {
    const worker = new Worker(this.#args);
    this.#alive.add(worker);
    worker.ended.then(() => this.#ended(worker));
    const outcome = await worker.outcome;
    // One that is meant to end by now gets no connections.
    if (outcome.kind === "opened" && !worker.isEnding) {
      this.#opened.add(worker);
      this.#metrics.add(worker.process);
      this.#acceptor.add(worker.process);
      worker.stopping.then(() => this.#replaceOne(worker));
    }
    return outcome.kind === "refused" && worker.wasStopped ? undefined : outcome;
  }

  /** Starts one in the place of another, however often that takes. */
  async replace(): Promise<void> {
    const { signal } = this.#stopping;
    for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      const outcome = await this.add();
      if (outcome?.kind !== "refused" || signal.aborted) {
        return;
      }
      printRefusal(outcome);
      // Stopping ends the wait, and with it the loop.
      await delay(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Replaces all that serve now, one after the other: the next is there before the last goes. */
  async roll(): Promise<void> {
    this.#rolling ??= this.#replaceAll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  /** Lets all finish what is under way, and ends them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#alive].map((worker) => this.#end(worker)));
  }

  /** Ends all at once. */
  kill(): void {
    for (const worker of this.#alive) {
      worker.process.kill("SIGKILL");
    }
  }

  async #replaceAll(): Promise<void> {
    for (const worker of [...this.#opened]) {
      await this.#replaceOne(worker);
    }
  }

  async #replaceOne(worker: Worker): Promise<void> {
    // One that has ended meanwhile has its successor.
    if (this.#opened.has(worker) && !worker.isEnding && !this.#stopping.signal.aborted) {
      worker.isEnding = true;
      await this.replace();
      await this.#end(worker);
    }
  }

  async #end(worker: Worker): Promise<void> {
    // Messages keep their order: what was handed over before is taken before it stops.
    this.#acceptor.remove(worker.process);
    await worker.stop();
  }

  #ended(worker: Worker): void {
    this.#alive.delete(worker);
    const hasOpened = this.#opened.delete(worker);
    if (hasOpened && !worker.isEnding && !this.#stopping.signal.aborted) {
      this.#metrics.countRestart();
      this.#logger.warn({ worker: worker.process.pid }, `${worker.end}; starting another`);
      void this.replace();
    }
  }
}
