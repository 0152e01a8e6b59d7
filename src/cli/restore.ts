import { Restore } from "../storage/sqlite/backup/restore.ts";
import type { Contents } from "../storage/sqlite/verify/verification.ts";
import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptible } from "./interruptible.ts";
import { existingDatabase } from "./keeping-settings.ts";
import { refusing, verifyHelps } from "./store-refusal.ts";
import { described } from "./verify.ts";

/** Puts a backup in the place of a database. */
export const restore = defineCommand({
  name: "restore",
  summary: "put a backup in the place of a database",
  about:
    "Verifies the backup BACKUP and puts a copy of it in the place of the database, which no service may have open. What " +
    "was there is kept beside it, as FILE.before-restore- and the time. Revisions go back to those of the backup.",
  operands: ["BACKUP"],
  settings: { databaseFile: existingDatabase },
  async run({ databaseFile: file }, { operands: [source = ""] }) {
    return refusing(verifyHelps(source), async () => {
      const { contents, aside } = await interruptible(
        () => Restore.begin(file, source),
        async (restoring) => {
          const made = await restoring.make();
          return { contents: made, aside: restoring.commit(new Date()) };
        },
      );
      process.stdout.write(`${file} is what ${source} was: ${described(contents)}\n`);
      if (aside !== undefined) {
        process.stdout.write(`what was there before is ${aside}\n`);
      }
      if (contents.tokens > 0) {
        process.stdout.write(`${tokensCount(contents, file)}\n`);
      }
      return exitCodes.ok;
    });
  },
});

/** Whoever was locked out since the backup was made is let in again. */
function tokensCount({ tokens }: Contents, file: string): string {
  const count = tokens === 1 ? "1 token counts as it did then" : `${tokens} tokens count as they did then`;
  return (
    `${count}; revoke again what was revoked since: "orgflags token list --db ${file}" ` +
    "lists them, and with what was there before says what was"
  );
}
