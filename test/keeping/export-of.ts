import { Readable } from "node:stream";
import { DifferenceCounts, differenceText } from "../../src/keeping/difference-text.ts";
import { readImport } from "../../src/keeping/import-reader.ts";
import { jsonLines } from "../../src/keeping/json-lines.ts";
import type { ImportMode } from "../../src/storage/import.ts";
import { openImport } from "../../src/storage/sqlite/import/import.ts";
import { openSnapshot } from "../../src/storage/sqlite/snapshot.ts";

const all = { orgId: undefined, featureKey: undefined };

/** The text of an export at a time, in milliseconds since 1970, UTC. */
export function exportOf(file: string, now: number, scope: { orgId?: string; featureKey?: string } = {}): string {
  const snapshot = openSnapshot(file);
  try {
    return Array.from(jsonLines(snapshot, { ...all, ...scope }, false, now), (line) => `${line}\n`).join("");
  } finally {
    snapshot.close();
  }
}

/** How a text is imported. */
export interface Importing {
  readonly now: number;
  readonly prune?: boolean;
  readonly mode?: Partial<ImportMode>;
}

/** Imports a text and counts what that changed. */
export async function importInto(file: string, text: string, { now, prune = false, mode = {} }: Importing) {
  const target = openImport(file, false, () => now);
  try {
    const { scope } = await readImport(Readable.from([Buffer.from(text)]), target, prune, now);
    const counts = new DifferenceCounts();
    const author = { actor: "import", reason: "", batchSize: undefined, pause: async () => {} };
    await target.apply(scope, { ...author, ...mode }, (difference) => counts.count(difference));
    const { added, changed, removed } = counts;
    return [added, changed, removed];
  } finally {
    target.close();
  }
}

/** The lines that say what an import would change. */
export async function lookAt(file: string, text: string, { now, prune = false }: Importing): Promise<string[]> {
  const target = openImport(file, true, () => now);
  try {
    const { scope } = await readImport(Readable.from([Buffer.from(text)]), target, prune, now);
    return Array.from(target.differences(scope), differenceText);
  } finally {
    target.close();
  }
}
