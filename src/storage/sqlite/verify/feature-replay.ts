import type Database from "better-sqlite3";
import { type ChangeRow, type FeatureRow, featureFromRow } from "../rows.ts";
import { featureStateFromText, featureStateToText } from "../state-text.ts";
import { isCanonical } from "./canonical.ts";
import type { Findings } from "./findings.ts";
import type { LogWindow } from "./log-window.ts";

/** What the kept log leaves of a feature. */
interface Left {
  readonly text: string | null;
  readonly revision: number;
  readonly updatedAt: number;
  /** Undefined where the change that added it is no longer kept. */
  readonly createdAt: number | undefined;
}

/** Verifies that the features are what the kept changes of features say, and that each change follows from the last. */
export function verifyFeatures(db: Database.Database, log: LogWindow, findings: Findings): void {
  const replayed = replay(db, log, findings);
  for (const row of db.prepare<[], FeatureRow>("SELECT * FROM features").iterate()) {
    const left = replayed.get(row.feature_key);
    replayed.delete(row.feature_key);
    compare(row, left, log, (line) => findings.add(`features: ${JSON.stringify(row.feature_key)} ${line}`));
  }
  for (const [key, { text, revision }] of replayed) {
    if (text !== null) {
      findings.add(`features: ${JSON.stringify(key)} is not there, but revision ${revision} left ${text}`);
    }
  }
}

function replay(db: Database.Database, log: LogWindow, findings: Findings): Map<string, Left> {
  const replayed = new Map<string, Left>();
  const changes = db.prepare<[], ChangeRow>("SELECT * FROM changes WHERE org_id IS NULL ORDER BY revision");
  for (const { revision, time, feature_key: key, before, after } of changes.iterate()) {
    const last = replayed.get(key);
    const from = last === undefined && log.pruned > 0 ? before : (last?.text ?? null);
    if (before !== from) {
      findings.add(`changes: revision ${revision} starts from ${before}, but before it there was ${from}`);
    }
    for (const text of [before, after]) {
      if (!isCanonical(text, featureStateFromText, featureStateToText)) {
        findings.add(`changes: revision ${revision} holds what is no state of a feature: ${text}`);
      }
    }
    replayed.set(key, { text: after, revision, updatedAt: time, createdAt: before === null ? time : last?.createdAt });
  }
  return replayed;
}

function compare(row: FeatureRow, left: Left | undefined, { pruned }: LogWindow, tell: (line: string) => void): void {
  const text = featureStateToText(featureFromRow(row));
  if (left === undefined) {
    if (pruned === 0) {
      tell(`is ${text}, but no change tells of it`);
    }
    return;
  }
  if (text !== left.text) {
    tell(`is ${text}, but revision ${left.revision} left ${left.text}`);
    return;
  }
  if (row.updated_at !== left.updatedAt || (left.createdAt !== undefined && row.created_at !== left.createdAt)) {
    tell(`has other times than its changes`);
  }
}
