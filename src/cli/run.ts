import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodes } from "./exit-codes.ts";
import { programHelp } from "./help.ts";
import { StandardOutput } from "./standard-output.ts";
import { UsageError } from "./usage-error.ts";

const askForHelp: readonly (string | undefined)[] = ["help", "--help", "-h"];

/** Runs `orgflags ARGS` and resolves with the exit code when it is over. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const output = new StandardOutput();
  return output.settle(await runCommand(args, env));
}

async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (askForHelp.includes(args[0])) {
    process.stdout.write(programHelp(commands));
    return exitCodes.ok;
  }
  const command = commandOf(args);
  try {
    if (command === undefined) {
      throw new UsageError(unknownCommand(args));
    }
    return await command.run(args.slice(command.name.split(" ").length), env);
  } catch (error) {
    if (error instanceof UsageError) {
      const help = ["orgflags", ...(command === undefined ? [] : [command.name]), "--help"].join(" ");
      process.stderr.write(`orgflags: ${error.message}; see "${help}"\n`);
      return exitCodes.usage;
    }
    throw error;
  }
}

function commandOf(args: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name.split(" ").every((word, index) => word === args[index]));
}

function unknownCommand([first, second]: readonly string[]): string {
  const known = commands.map(({ name }) => name);
  if (first === undefined) {
    return `a command is missing (${known.join(", ")})`;
  }
  const group = known.filter((name) => name.startsWith(`${first} `));
  if (group.length === 0) {
    return `unknown command ${JSON.stringify(first)}`;
  }
  const what = second === undefined ? "a word is missing after" : `unknown word ${JSON.stringify(second)} after`;
  return `${what} ${first} (${group.join(", ")})`;
}
