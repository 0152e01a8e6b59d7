import { DomainError } from "../../domain/errors.ts";
import type { WriteResult } from "./writer.ts";

/** Somebody who waits for the result of a write. */
export interface PendingWrite {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

// Each is an answer to be encoded and sent, some 60 µs: what arrives meanwhile waits for no more of them.
const perTurn = 4;

/** Hands out the results of batches, in their order, a few in each turn of the event loop, so that reads come between. */
export class WriteResults {
  #waiting: (() => void)[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** Hands out as many results as there are writes, in the same order: some at once, the rest in later turns. */
  add(writes: readonly PendingWrite[], results: readonly WriteResult[]): void {
    this.#waiting.push(...writes.map((write, index) => () => settle(write, results[index])));
    if (this.#turn === undefined) {
      this.#settleSome();
    }
  }

  /** Hands out at once whatever waits. */
  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    for (const settleOne of this.#waiting.splice(0)) {
      settleOne();
    }
  }

  #settleSome(): void {
    for (const settleOne of this.#waiting.splice(0, perTurn)) {
      settleOne();
    }
    this.#turn = this.#waiting.length === 0 ? undefined : setImmediate(() => this.#settleSome());
  }
}

/** Words why a write was not stored; `code` is SQLite's, where it has one. */
export function notStored(cause: unknown, code = ""): DomainError {
  // The write stands in the log that SQLite reads after a crash, and nobody knows whether that is on disk.
  const isUnconfirmed = code.endsWith("_FSYNC");
  const now = "the database did not take the write; nothing was stored";
  const error = new DomainError("UNAVAILABLE", isUnconfirmed ? `${now}, though a crash may bring it back` : now);
  error.cause = cause;
  return error;
}

function settle(write: PendingWrite, result: WriteResult | undefined): void {
  switch (result?.kind) {
    case "value":
      write.resolve(result.value);
      break;
    case "refusal":
      write.reject(new DomainError(result.code, result.message, result.violations, result.precondition));
      break;
    case "failure":
      write.reject(notStored(failureOf(result), result.code));
      break;
    case undefined:
      write.reject(notStored(new Error("the writing thread gave no result")));
      break;
    default:
      result satisfies never;
  }
}

function failureOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  return Object.assign(new Error(`${code} ${message}`), { code });
}
