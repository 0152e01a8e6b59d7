import { DomainError } from "../domain/errors.ts";

/** A refusal of somebody who asks too often, with when to ask again. */
export class TooManyRequests extends DomainError {
  /** A whole number, at least 1. */
  readonly retryAfterSeconds: number;

  /** `what` says who asks, as in "this address"; `seconds` is any time above 0. */
  constructor(what: string, seconds: number) {
    const whole = Math.max(1, Math.ceil(seconds));
    super("RESOURCE_EXHAUSTED", `too many requests of ${what}: try again in ${whole} s`);
    this.retryAfterSeconds = whole;
  }
}
