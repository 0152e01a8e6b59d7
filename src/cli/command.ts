import { type Arguments, readArguments } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { type Settings, type Values, valuesOf } from "./setting.ts";

/** What a command is asked besides its settings. */
export interface Invocation {
  /** What stands without a flag, as many as the command has operands. */
  readonly operands: readonly string[];
  /** All arguments after the command's name, as they came. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What makes a command. */
export interface CommandDefinition<S extends Settings> {
  /** One word or two: `serve`, `token create`. */
  readonly name: string;
  /** What it does, in a few words, for the list of commands. */
  readonly summary: string;
  /** The same in a sentence or more, for its own help. */
  readonly about: string;
  /** What has to be given without a flag, by name (`TARGET`). */
  readonly operands?: readonly string[];
  readonly settings: S;
  /** Resolves with the exit code when it is over; throws UsageError for what the settings alone can't tell. */
  run(values: Values<S>, invocation: Invocation): Promise<number>;
}

/** A command of the program. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly settings: Settings;
  /** Runs it with the arguments after its name; throws UsageError before anything is done. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>;
}

/** Makes a command that prints its help by `--help`. */
export function defineCommand<S extends Settings>(definition: CommandDefinition<S>): Command {
  const { name, summary, settings, operands = [] } = definition;
  return {
    name,
    summary,
    settings,
    async run(args, env) {
      const asked: Arguments<S> = readArguments({ settings, operands }, args, env);
      if (asked.help) {
        process.stdout.write(commandHelp({ ...definition, operands }));
        return exitCodes.ok;
      }
      return definition.run(valuesOf(settings, asked.texts), { operands: asked.operands, args, env });
    },
  };
}
