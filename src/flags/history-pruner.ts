import type { HistoryRetention } from "../domain/change.ts";
import type { Writes } from "../storage/store.ts";

/** How often history is pruned, and who hears of a failure. */
export interface PrunerOptions {
  readonly intervalMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Removes the changes that need not be kept: at once, and again and again. Where several processes do so on one
 * store, each finds less to do.
 */
export class HistoryPruner {
  readonly #store: Pick<Writes, "pruneHistory">;
  readonly #retention: HistoryRetention;
  readonly #options: PrunerOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | undefined;
  #isStopped = false;

  /** Begins with it, unless everything is to be kept. */
  constructor(store: Pick<Writes, "pruneHistory">, retention: HistoryRetention, options: PrunerOptions) {
    this.#store = store;
    this.#retention = retention;
    this.#options = options;
    if (retention.maxAgeMs !== undefined || retention.maxChanges !== undefined) {
      this.#begin();
      this.#timer = setInterval(() => this.#begin(), options.intervalMs).unref();
    }
  }

  /** Removes no more; resolves when what is being removed is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#pass;
  }

  #begin(): void {
    this.#pass ??= this.#prune()
      .catch(this.#options.onError)
      .finally(() => {
        this.#pass = undefined;
      });
  }

  async #prune(): Promise<void> {
    let isMore = true;
    while (isMore && !this.#isStopped) {
      isMore = await this.#store.pruneHistory(this.#retention);
    }
  }
}
