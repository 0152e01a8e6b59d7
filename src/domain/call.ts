import type { Scope } from "./access.ts";

/** Whether the caller holds what it asks for already. */
export interface Conditional {
  /**
   * Says of which version the answer is going to be; true where the caller holds that version, and so needs no more
   * than to hear that. Answers of one version to one request are the same.
   */
  holds(version: string): boolean;
}

/** What must hold for a write to be made; otherwise it is `ABORTED` and leaves no trace. */
export interface WriteConditions {
  /** The organisation's last change must be this one. */
  readonly ifRevision: number | undefined;
  /**
   * What is written to must be of one of these versions (see `Conditional.holds`), as a GET of it says them, or with
   * `*` must be there at all.
   */
  readonly ifMatch: readonly string[] | undefined;
}

/** Makes a write that is sent twice be made once: the same key within 24 hours gives the first outcome again. */
export interface Idempotency {
  readonly key: string;
  /** Of the method and the request; another one under the same key and actor is refused. */
  readonly fingerprint: string;
}

/** Who asks and why, as it goes into the history, on what conditions, and within what bounds. */
export interface Call {
  readonly actor: string;
  readonly reason: string;
  /** Whom and what the caller may see and change; absent for all. */
  readonly scope?: Scope | undefined;
  readonly conditions?: WriteConditions | undefined;
  readonly idempotency?: Idempotency | undefined;
}
