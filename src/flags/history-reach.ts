import type { ChangePage, HistoryBounds } from "../domain/change.ts";
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

/** Throws `OUT_OF_RANGE` where a page of changes lacks some, or all that it asks for, as they are no longer kept. */
export function requireKept(page: ChangePage, bounds: HistoryBounds): void {
  const { prunedRevision, prunedTime } = bounds;
  if (prunedTime !== undefined) {
    const isGone = (revision: number | undefined) => revision !== undefined && revision <= prunedRevision;
    const hasPassed = (time: number | undefined) => time !== undefined && time <= prunedTime;
    const { minRevision, maxRevision, startTime, endTime, oldestFirst, behind } = page;
    const isFirst = behind === undefined || !oldestFirst;
    requireNot(isFirst && isGone(minRevision), "min_revision", bounds);
    requireNot(isFirst && hasPassed(startTime), "start_time", bounds);
    requireNot(!isFirst && isGone(behind + 1), "page_token", bounds);
    requireNot(isGone(maxRevision), "max_revision", bounds);
    requireNot(hasPassed(endTime), "end_time", bounds);
  }
}

function requireNot(isBefore: boolean, field: string, bounds: HistoryBounds): void {
  if (isBefore) {
    throw beforeHistory(field, bounds);
  }
}

function outOfRange(field: string, description: string): DomainError {
  return new DomainError("OUT_OF_RANGE", `${field}: ${description}`, [{ field, description }]);
}
