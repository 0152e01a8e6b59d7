import type { HistoryBounds } from "../domain/change.ts";
import { DomainError } from "../domain/errors.ts";

/** The `OUT_OF_RANGE` error of a field that asks for what the history no longer has. */
export function beforeHistory(field: string, { prunedRevision, prunedTime }: HistoryBounds): DomainError {
  const when = prunedTime === undefined ? "" : `, of ${new Date(prunedTime).toISOString()}`;
  return outOfRange(field, `is before the history, which begins after revision ${prunedRevision}${when}`);
}

/** The `OUT_OF_RANGE` error of a field that asks for a revision which is still to come. */
export function afterHistory(field: string, revision: number, lastRevision: number): DomainError {
  return outOfRange(field, `must be at most ${lastRevision}, the last revision, and not ${revision}`);
}

function outOfRange(field: string, description: string): DomainError {
  return new DomainError("OUT_OF_RANGE", `${field}: ${description}`, [{ field, description }]);
}
