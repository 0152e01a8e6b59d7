import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Setting, Settings } from "./setting.ts";

const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "done, or stopped as asked",
  unexpected: "an error that should not happen; the log says more",
  usage: "an unknown flag or a bad value",
  address: "the address can't be listened on, for example because the port is in use",
  databaseUnwritable: "the database can't be created, opened or written",
  databaseDamaged: "the database is damaged",
  databaseNewer: "the database is of a newer version of orgflags",
  databaseForeign: "the database belongs to another program",
  nodeTooOld: "Node is older than 24",
  notReady: "the service that was asked is not ready",
  refused: "refused as things are, and nothing was changed: a file is in the way, or the database is in use",
  unusableImport: "what was to be imported can't be used, and nothing was changed",
  outputLost: "what was to be printed can't be written; what was asked for is done all the same",
};

/** The help of the program. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `Usage: orgflags COMMAND [FLAGS]

Commands:
${list.join("\n")}

"orgflags COMMAND --help" lists a command's flags.
`;
}

/** What of a command its help tells. */
interface Described {
  readonly name: string;
  readonly about: string;
  readonly operands: readonly string[];
  readonly settings: Settings;
}

/** The help of one command. */
export function commandHelp({ name, about, operands, settings }: Described): string {
  return `Usage: orgflags ${[name, ...operands, "[FLAGS]"].join(" ")}

${about}

Flags, each with the environment variable that counts where it is absent:
${Object.values(settings).map(settingHelp).join("\n")}
  -h, --help
      print this

Exit codes:
${Object.entries(exitCodes).map(exitCodeHelp).join("\n")}
`;
}

function settingHelp({ flag, env, alsoEnv, placeholder, fallback, repeats, help }: Setting): string {
  const terms = [env, alsoEnv && `or ${alsoEnv}`, fallbackHelp(fallback), repeats && "may be given several times"]
    .filter(Boolean)
    .join(", ");
  return `  --${flag}${placeholder ? ` ${placeholder}` : ""}    ${terms}\n      ${help}`;
}

function fallbackHelp(fallback: string | undefined): string {
  if (fallback === undefined) {
    return "has to be given";
  }
  return fallback === "" ? "" : `default ${fallback}`;
}

function exitCodeHelp([name, code]: [string, number]): string {
  // Object.entries forgets that the names are those of exitCodes.
  return `  ${code}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`;
}
