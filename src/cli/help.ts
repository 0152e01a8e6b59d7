import { exitCodes } from "./exit-codes.ts";
import { type Setting, settings } from "./settings.ts";

/** The commands there are. */
export const commands = { serve: "run the service" } as const;

const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "stopped as asked",
  unexpected: "an error that should not happen; the log says more",
  usage: "an unknown flag or a bad value",
  address: "the address can't be listened on, for example because the port is in use",
  databaseUnwritable: "the database can't be created, opened or written",
  databaseDamaged: "the database is damaged",
  databaseNewer: "the database is of a newer version of orgflags",
  databaseForeign: "the database belongs to another program",
  nodeTooOld: "Node is older than 24",
};

/** The help of the program. */
export function programHelp(): string {
  const list = Object.entries(commands).map(([name, help]) => `  ${name.padEnd(10)}${help}`);
  return `Usage: orgflags COMMAND [FLAGS]

Commands:
${list.join("\n")}

"orgflags COMMAND --help" lists a command's flags.
`;
}

/** The help of `serve`. */
export function serveHelp(): string {
  return `Usage: orgflags serve [FLAGS]

Serves the organisation feature flags in one SQLite file as REST, Connect, gRPC and gRPC-Web on one port.

Flags, each with the environment variable that counts where it is absent:
${Object.values<Setting>(settings).map(settingHelp).join("\n")}
  -h, --help
      print this

Exit codes:
${Object.entries(exitCodes).map(exitCodeHelp).join("\n")}
`;
}

function settingHelp({ flag, env, placeholder, fallback, help }: Setting): string {
  return `  --${flag}${placeholder ? ` ${placeholder}` : ""}    ${env}, default ${fallback}\n      ${help}`;
}

function exitCodeHelp([name, code]: [string, number]): string {
  // Object.entries forgets that the names are those of exitCodes.
  return `  ${code}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`;
}
