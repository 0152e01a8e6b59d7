import { DomainError } from "./errors.ts";

/**
 * The `NOT_FOUND` error of a change that is not kept, never was, or is out of the scope of who asks: the last two are told
 * in the same words.
 */
export function changeNotFound(revision: number, prunedRevision: number): DomainError {
  const why =
    revision <= prunedRevision
      ? `the history begins after revision ${prunedRevision}, and ${revision} is no longer kept`
      : `there is no change ${revision}`;
  return new DomainError("NOT_FOUND", `revision: ${why}`);
}
