import type { CommitSign } from "./commit-sign.ts";

/**
 * Looks at whether anybody has committed, for all who keep something of a database in mind: each remembers the number
 * that it was told before it read, and reads again when it is told another one.
 */
export class CommitLook {
  readonly #sign: CommitSign;
  #number = 0;
  // Within `once`, and whether that has looked.
  #isOneLook = false;
  #hasLooked = false;

  constructor(sign: CommitSign) {
    this.#sign = sign;
  }

  /** Looks, and answers a number that is another one after each commit. */
  look(): number {
    if (this.#hasLooked) {
      return this.#number;
    }
    if (this.#sign.hasMoved()) {
      this.#sign.keep();
      this.#number += 1;
    }
    this.#hasLooked = this.#isOneLook;
    return this.#number;
  }

  /** What the last look came to. */
  get last(): number {
    return this.#number;
  }

  /** Has the next look be one in any case, within `once` too. */
  again(): void {
    this.#hasLooked = false;
  }

  /** Calls back at once; all looks within are one. */
  once(read: () => void): void {
    this.#isOneLook = true;
    try {
      read();
    } finally {
      this.#isOneLook = false;
      this.#hasLooked = false;
    }
  }
}
