import { type Contents, isLatest, verifyFile } from "../storage/sqlite/verify/verification.ts";
import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { existingDatabase } from "./keeping-settings.ts";
import { printRefusal, refusing, restoreHelps } from "./store-refusal.ts";

/** Says whether a database is sound. */
export const verify = defineCommand({
  name: "verify",
  summary: "say whether a database is sound",
  about:
    "Reads a database file, which a running service may have open, and says whether it is sound: its pages and indexes, " +
    "what is counted, and that overrides and features are what the history says. It changes nothing. What is wrong is " +
    "printed line by line, a hundred lines at the most, and the exit code is 5.",
  settings: { databaseFile: existingDatabase },
  async run({ databaseFile: file }) {
    return refusing(restoreHelps(file), () => {
      const { findings, total, contents } = verifyFile(file);
      if (findings.length === 0 && contents !== undefined) {
        process.stdout.write(`${file} is sound: ${described(contents)}\n`);
        return exitCodes.ok;
      }
      process.stdout.write(findings.map((line) => `${line}\n`).join(""));
      const count = `${total} ${total === 1 ? "finding" : "findings"}`;
      const message = `the database ${file} is damaged: ${count}; ${restoreHelps(file)}`;
      printRefusal({ message, exitCode: exitCodes.databaseDamaged });
      return exitCodes.databaseDamaged;
    });
  },
});

/** Words how much there is in a database. */
export function described(contents: Contents): string {
  const { version, revision, features, overrides, scheduled, changes } = contents;
  const older = isLatest(contents)
    ? ""
    : `, of version ${version}, which is brought to the latest when the service starts`;
  return `${features} features, ${overrides} overrides, ${scheduled} scheduled settings, ${changes} changes, revision ${revision}${older}`;
}
