import { TooManyRequests } from "./too-many-requests.ts";

/** How often somebody may do something: so many at once, and as many again each second. */
export interface Rate {
  readonly perSecond: number;
  /** At least 1. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  /** When there were so many, as the clock says it. */
  at: number;
}

const defaultMaxKeys = 100_000;
const secondMs = 1000;

/**
 * Counts requests by who makes them, each in a bucket of tokens that fills again with time. There are at most so many
 * buckets: the one that was not used for longest goes, and its owner begins anew with a full one.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #what: string;
  readonly #maxKeys: number;
  readonly #clock: () => number;
  /** In the order in which they were used last. */
  readonly #buckets = new Map<string, Bucket>();

  /** `what` says whom the keys stand for, as in "this address"; `clock` counts milliseconds. */
  constructor(rate: Rate, what: string, maxKeys = defaultMaxKeys, clock: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#what = what;
    this.#maxKeys = maxKeys;
    this.#clock = clock;
  }

  /** Counts a request; throws TooManyRequests where there have been too many. */
  count(key: string): void {
    const seconds = this.take(key);
    if (seconds > 0) {
      throw new TooManyRequests(this.#what, seconds);
    }
  }

  /** Counts a request, and says 0; or counts it not, and says in how many seconds there will be room for one. */
  take(key: string): number {
    const { perSecond, burst } = this.#rate;
    const now = this.#clock();
    const bucket = this.#use(key, now);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / secondMs) * perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) {
      return (1 - bucket.tokens) / perSecond;
    }
    bucket.tokens -= 1;
    return 0;
  }

  /** How many are counted now. */
  get size(): number {
    return this.#buckets.size;
  }

  #use(key: string, now: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      this.#buckets.delete(key);
      this.#buckets.set(key, known);
      return known;
    }
    const bucket = { tokens: this.#rate.burst, at: now };
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) {
      const [oldest = key] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
