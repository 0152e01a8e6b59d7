import { exitCodes } from "./exit-codes.ts";
import { commands, programHelp } from "./help.ts";
import { serve } from "./serve.ts";
import { UsageError } from "./usage-error.ts";

/** Runs `orgflags ARGS` and resolves with the exit code when it is over. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case "serve":
        return await serve(rest, env);
      case "help":
      case "--help":
      case "-h":
        process.stdout.write(programHelp());
        return exitCodes.ok;
      default:
        throw new UsageError(unknownCommand(command));
    }
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`orgflags: ${error.message}; see "orgflags ${command === "serve" ? "serve " : ""}--help"\n`);
      return exitCodes.usage;
    }
    throw error;
  }
}

function unknownCommand(command: string | undefined): string {
  const known = Object.keys(commands).join(", ");
  return command === undefined ? `a command is missing (${known})` : `unknown command ${JSON.stringify(command)}`;
}
