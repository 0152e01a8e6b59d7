import type { TokenUse } from "../domain/token.ts";

// A use is noted when the last one that was is so long ago.
const apartMs = 60_000;
// What is noted is gathered for so long, so that many tokens are one write.
const gatherMs = 1000;

/** Something whose uses are noted. */
export interface Usable {
  readonly id: string;
  /** When a use was last noted, in milliseconds since 1970, UTC. */
  notedAt: number;
}

/** Has it written when tokens were used: after the requests that use them, of each at most once a minute. */
export class UseNotes {
  readonly #write: (uses: readonly TokenUse[]) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(write: (uses: readonly TokenUse[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#write = write;
    this.#onError = onError;
  }

  /** Notes a use. */
  note(used: Usable, now: number): void {
    if (now - used.notedAt < apartMs) {
      return;
    }
    used.notedAt = now;
    this.#waiting.set(used.id, now);
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs).unref();
  }

  /** Writes what is gathered; resolves when that is done. */
  async close(): Promise<void> {
    this.#flush();
    await this.#written;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) {
      return;
    }
    const uses = Array.from(this.#waiting, ([id, time]) => ({ id, time }));
    this.#waiting.clear();
    // Where it fails, as on a full disk, the next use after a minute is written.
    this.#written = this.#write(uses).catch(this.#onError);
  }
}
