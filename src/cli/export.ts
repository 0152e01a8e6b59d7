import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { flagdDocument } from "../keeping/flagd-document.ts";
import { jsonLines } from "../keeping/json-lines.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { openSnapshot } from "../storage/sqlite/snapshot.ts";
import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { existingDatabase } from "./keeping-settings.ts";
import { serveSettings } from "./serve-settings.ts";
import type { Settings, Values } from "./setting.ts";
import { featureKey, oneOf, onOrOff, optional, orgId } from "./setting-values.ts";
import { isClosedPipe } from "./standard-output.ts";
import { refusing, whatHelps } from "./store-refusal.ts";
import { UsageError } from "./usage-error.ts";

const settings = {
  databaseFile: existingDatabase,
  format: {
    flag: "format",
    placeholder: "jsonl|flagd",
    fallback: "jsonl",
    help: "lines of JSON, which import reads, or flagd's flag definitions",
    read: oneOf("jsonl", "flagd"),
  },
  orgId: {
    flag: "org",
    placeholder: "ORG",
    fallback: "",
    help: "the overrides of one organisation alone; by flagd its values",
    read: optional(orgId),
  },
  featureKey: {
    flag: "feature",
    placeholder: "KEY",
    fallback: "",
    help: "one feature and its overrides alone",
    read: optional(featureKey),
  },
  history: { flag: "history", fallback: "false", help: "the changes that are kept, too", read: onOrOff },
  orgFrom: serveSettings.orgFrom,
} as const satisfies Settings;

/** Writes what a database holds as text. */
export const exportCommand = defineCommand({
  name: "export",
  summary: "write what a database holds as lines of JSON, or for flagd",
  about:
    "Writes the features, overrides and scheduled settings of a database, to which a running service may write meanwhile, " +
    "to the standard output: all as it is at one moment, and of one state always the same text.",
  settings,
  async run(values) {
    const { databaseFile: file, format, history } = values;
    if (format === "flagd" && history) {
      throw new UsageError("--history is for --format jsonl: flagd's definitions have none");
    }
    return refusing(whatHelps(file), async () => {
      const snapshot = openSnapshot(file);
      try {
        return await print(chunks(textOf(snapshot, values)));
      } finally {
        snapshot.close();
      }
    });
  },
});

function* textOf(snapshot: Snapshot, values: Values<typeof settings>): Iterable<string> {
  const { format, history, orgFrom } = values;
  const now = Date.now();
  if (format === "flagd") {
    yield `${flagdDocument(snapshot, values, orgFrom, now)}\n`;
    return;
  }
  for (const line of jsonLines(snapshot, values, history, now)) {
    yield `${line}\n`;
  }
}

// A write for each line would take longer than the lines.
const chunkLength = 65_536;

function* chunks(texts: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const text of texts) {
    chunk += text;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

async function print(texts: Iterable<string>): Promise<number> {
  try {
    await pipeline(Readable.from(texts), process.stdout, { end: false });
    return exitCodes.ok;
  } catch (error) {
    if (isClosedPipe(error)) {
      // Whoever read it has had enough; it is not whole.
      return exitCodes.unexpected;
    }
    if (error instanceof Error && "syscall" in error && error.syscall === "write") {
      // The stream tells why; see StandardOutput.
      return exitCodes.outputLost;
    }
    throw error;
  }
}
