import { createReadStream } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { DifferenceCounts, differenceText } from "../keeping/difference-text.ts";
import { type ReadImport, readImport } from "../keeping/import-reader.ts";
import { ImportFault } from "../keeping/line-fault.ts";
import type { Import } from "../storage/import.ts";
import { openImport } from "../storage/sqlite/import/import.ts";
import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { databaseFile } from "./serve-settings.ts";
import type { Settings, Values } from "./setting.ts";
import { actorName, onOrOff, optional, reasonText, wholeNumber } from "./setting-values.ts";
import { printRefusal, refusing, whatHelps } from "./store-refusal.ts";

const maxBatchSize = 1_000_000;
// Whoever waits for the database looks again after 100 ms at the most.
const pauseMs = 200;

const settings = {
  databaseFile,
  dryRun: { flag: "dry-run", fallback: "false", help: "print what would change, and change nothing", read: onOrOff },
  prune: {
    flag: "prune",
    fallback: "false",
    help: "remove what the import does not have, of all that it is an export of",
    read: onOrOff,
  },
  actor: {
    flag: "actor",
    placeholder: "NAME",
    fallback: "import",
    help: "who makes the changes, for the history",
    read: actorName,
  },
  reason: {
    flag: "reason",
    placeholder: "TEXT",
    fallback: "",
    help: "why, for the history",
    read: reasonText,
  },
  batchSize: {
    flag: "batch-size",
    placeholder: "N",
    fallback: "",
    help: "so many changes at a time, so that the service can write in between; all or nothing where the flag is absent",
    read: optional(wholeNumber(1, maxBatchSize)),
  },
} as const satisfies Settings;

/** Makes a database what an export says. */
export const importCommand = defineCommand({
  name: "import",
  summary: "make a database what an export says",
  about:
    "Reads an export in lines of JSON, from a file or with - from the standard input, and makes the features, overrides " +
    "and scheduled settings in it what it says, all or nothing, with a change in the history for each that differs. A " +
    "running service sees it at once. What is the same is left alone: importing twice changes nothing.",
  operands: ["EXPORT"],
  settings,
  async run(values, { operands: [source = ""] }) {
    const file = values.databaseFile;
    return refusing(whatHelps(file), async () => {
      const target = openImport(file, values.dryRun, Date.now);
      try {
        const chunks: AsyncIterable<Buffer> = source === "-" ? process.stdin : createReadStream(source);
        const read = await readImport(chunks, target, values.prune, Date.now());
        await (values.dryRun ? show(target, read) : make(target, read, values));
        return exitCodes.ok;
      } catch (error) {
        return refusedImport(source, error);
      } finally {
        target.close();
      }
    });
  },
});

async function show(target: Import, read: ReadImport): Promise<void> {
  const counts = new DifferenceCounts();
  for (const difference of target.differences(read.scope)) {
    counts.count(difference);
    process.stdout.write(`${differenceText(difference)}\n`);
  }
  const { added, changed, removed, total } = counts;
  const summary = total === 0 ? "nothing to change" : `${added} to add, ${changed} to change, ${removed} to remove`;
  process.stdout.write(`${summary}${leftOut(read)}\n`);
}

async function make(target: Import, read: ReadImport, values: Values<typeof settings>): Promise<void> {
  const { actor, reason, batchSize } = values;
  const counts = new DifferenceCounts();
  const mode = { actor, reason, batchSize, pause: () => setTimeout(pauseMs) };
  await target.apply(read.scope, mode, (difference) => counts.count(difference));
  const { added, changed, removed, total } = counts;
  const summary = total === 0 ? "nothing to change" : `${added} added, ${changed} changed, ${removed} removed`;
  process.stdout.write(`${summary}${leftOut(read)}\n`);
}

function leftOut({ changes, ended }: ReadImport): string {
  const parts = [
    ...(ended === 0 ? [] : [`${ended} that ended since were left out`]),
    ...(changes === 0 ? [] : [`${changes} lines of history were left out`]),
  ];
  return parts.map((part) => `; ${part}`).join("");
}

function refusedImport(source: string, error: unknown): number {
  const exitCode = exitCodes.unusableImport;
  if (error instanceof ImportFault) {
    for (const { line, message } of error.faults) {
      printRefusal({ message: `${source}, line ${line}: ${message}`, exitCode });
    }
    const more = error.more === 0 ? "" : `${error.more} more lines are at fault; `;
    printRefusal({ message: `${more}nothing was imported`, exitCode });
    return exitCode;
  }
  if (error instanceof Error && "syscall" in error && (error.syscall === "open" || error.syscall === "read")) {
    printRefusal({ message: `${source} can't be read (${error.message})`, exitCode });
    return exitCode;
  }
  throw error;
}
