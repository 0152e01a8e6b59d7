import { beginBackup } from "../storage/sqlite/backup/backup.ts";
import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptible } from "./interruptible.ts";
import { existingDatabase } from "./keeping-settings.ts";
import { onOrOff } from "./setting-values.ts";
import { refusing, whatHelps } from "./store-refusal.ts";
import { described } from "./verify.ts";

/** Makes a backup of a database. */
export const backup = defineCommand({
  name: "backup",
  summary: "copy a database while the service runs",
  about:
    "Copies a database, which a running service may write to meanwhile, to the file TARGET: all of it as it is at one " +
    "moment. The copy is verified and written to disk before it gets its name, so TARGET is whole or not there.",
  operands: ["TARGET"],
  settings: {
    databaseFile: existingDatabase,
    force: { flag: "force", fallback: "false", help: "replace a TARGET that is there already", read: onOrOff },
  },
  async run({ databaseFile: file, force }, { operands: [target = ""] }) {
    return refusing(whatHelps(file), async () => {
      const contents = await interruptible(
        () => beginBackup(file, target, force),
        async (copy) => {
          const made = await copy.make();
          copy.commit(force);
          return made;
        },
      );
      process.stdout.write(`${target} is a backup of ${file}: ${described(contents)}\n`);
      return exitCodes.ok;
    });
  },
});
