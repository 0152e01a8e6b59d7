import type Database from "better-sqlite3";
import type { Findings } from "./findings.ts";
import type { LogWindow } from "./log-window.ts";

/** Verifies that revisions have no gaps from the first kept one to the last, and that times never go back. */
export function verifyLogOrder(
  db: Database.Database,
  { pruned, prunedTime, last }: LogWindow,
  findings: Findings,
): void {
  let [revision, time] = [pruned, prunedTime ?? Number.NEGATIVE_INFINITY];
  const rows = db.prepare<[], [number, number]>("SELECT revision, time FROM changes ORDER BY revision").raw();
  for (const [nextRevision, nextTime] of rows.iterate()) {
    if (nextRevision <= pruned) {
      findings.add(`changes: revision ${nextRevision} is there, but all up to ${pruned} are said to be removed`);
      continue;
    }
    if (nextRevision !== revision + 1) {
      findings.add(`changes: ${missing(revision + 1, nextRevision - 1)}`);
    }
    if (nextTime < time) {
      findings.add(`changes: revision ${nextRevision} is of a time before the change before it`);
    }
    [revision, time] = [nextRevision, Math.max(time, nextTime)];
  }
  if (revision < last) {
    findings.add(`changes: ${missing(revision + 1, last)}`);
  } else if (revision > last) {
    findings.add(`changes: the last revision is ${revision}, but only ${last} are said to have been given`);
  }
  if ((pruned === 0) !== (prunedTime === null)) {
    findings.add("summary: the last change that was removed must have both a revision and a time, or neither");
  }
}

function missing(first: number, last: number): string {
  return first === last ? `revision ${first} is missing` : `revisions ${first} to ${last} are missing`;
}
