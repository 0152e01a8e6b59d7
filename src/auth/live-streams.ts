import type { Awaitable } from "../domain/awaitable.ts";
import { DomainError } from "../domain/errors.ts";
import type { Access } from "./access.ts";
import type { Credentials, Proof } from "./proof.ts";

/** Something that lasts longer than the look at who asked for it. */
export interface LiveStream {
  /** Ends it, with the reason why whoever asked for it may not have it any more. */
  end(reason: Error): void;
}

const defaultIntervalMs = 1000;

/** The streams of whoever had to say who they are: one timer ends those whose credentials count no longer. */
export class LiveStreams {
  readonly #access: Access;
  readonly #clock: () => number;
  readonly #lookAtTokens: () => Awaitable<unknown>;
  readonly #intervalMs: number;
  readonly #open = new Set<Admission>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * `lookAtTokens` finds out whether any token has changed, for what `Proof.holds` says from then on. It may fail: then
   * the streams go on as with an issuer that is away.
   */
  constructor(
    access: Access,
    clock: () => number,
    lookAtTokens: () => Awaitable<unknown>,
    intervalMs = defaultIntervalMs,
  ) {
    this.#access = access;
    this.#clock = clock;
    this.#lookAtTokens = lookAtTokens;
    this.#intervalMs = intervalMs;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Watches over a stream until its admission is closed. */
  admit(credentials: Credentials, proof: Proof, stream: LiveStream): Admission {
    const admission = new Admission(this, { credentials, proof, stream });
    this.#open.add(admission);
    this.#timer ??= setInterval(() => this.#check(), this.#intervalMs).unref();
    return admission;
  }

  /** Undefined where a proof still holds, and otherwise a promise of another one. Never throws. */
  renew(credentials: Credentials, proof: Proof): Promise<Proof> | undefined {
    const now = this.#clock();
    if (isKnownToHold(proof, now)) {
      return undefined;
    }
    return Promise.try(() => this.#access.renew(credentials, proof)).catch((error: unknown) => {
      if (isUnavailable(error) && now < proof.expiresAt) {
        // Who can't be asked whether it holds has not said no: it is asked again.
        return proof;
      }
      throw error;
    });
  }

  /** For admissions. */
  delete(admission: Admission): void {
    this.#open.delete(admission);
    if (this.#open.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  async #check(): Promise<void> {
    try {
      await this.#lookAtTokens();
    } catch {
      // A database that can't be read. Each proof is looked at all the same, and may meet the same failure.
    }
    for (const admission of [...this.#open]) {
      // What it throws it has told the stream.
      admission.check()?.catch(() => {});
    }
  }
}

/** That somebody may have a stream, for as long as the credentials count. */
export class Admission {
  readonly #streams: LiveStreams;
  readonly #credentials: Credentials;
  readonly #stream: LiveStream;
  #proof: Proof;
  #checking: Promise<void> | undefined;

  constructor(
    streams: LiveStreams,
    { credentials, proof, stream }: { credentials: Credentials; proof: Proof; stream: LiveStream },
  ) {
    this.#streams = streams;
    this.#credentials = credentials;
    this.#proof = proof;
    this.#stream = stream;
  }

  /**
   * Undefined where the credentials still count; otherwise rejects, and ends the stream, unless they do after all. Never
   * throws: timers and streams that wait call it.
   */
  check(): Promise<void> | undefined {
    if (this.#checking === undefined) {
      const renewing = this.#streams.renew(this.#credentials, this.#proof);
      this.#checking = renewing && this.#finish(renewing);
    }
    return this.#checking;
  }

  /** The stream is over. */
  close(): void {
    this.#streams.delete(this);
  }

  async #finish(renewing: Promise<Proof>): Promise<void> {
    try {
      this.#proof = await renewing;
    } catch (error) {
      this.close();
      // The proof is refused by errors alone.
      this.#stream.end(error as Error);
      throw error;
    } finally {
      this.#checking = undefined;
    }
  }
}

function isKnownToHold(proof: Proof, now: number): boolean {
  try {
    return proof.holds(now);
  } catch {
    // Nobody can say: to renew it is to ask again, and that rejects with the reason.
    return false;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.code === "UNAVAILABLE";
}
