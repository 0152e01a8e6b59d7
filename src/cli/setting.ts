import { UsageError } from "./usage-error.ts";

/** One setting of a command: a flag, and an environment variable that counts where the flag is absent. */
export interface Setting<T = unknown> {
  readonly flag: string;
  readonly env?: string;
  /** A variable that others have for the same; it counts where `env` is absent, too. */
  readonly alsoEnv?: string;
  /** What stands for the value in the help; a setting without it is a switch. */
  readonly placeholder?: string;
  /** The text that counts where nothing is given; a setting without it has to be given. */
  readonly fallback?: string;
  /** Whether the flag may be given several times: the texts are joined by commas. */
  readonly repeats?: true;
  readonly help: string;
  /** Makes the value of a text; throws Unacceptable. */
  readonly read: (text: string) => T;
}

/** The settings of a command, in the order of its help. */
export type Settings = Readonly<Record<string, Setting>>;

/** The texts of settings, by their names. */
export type Texts<S extends Settings> = Readonly<Record<keyof S, string>>;

/** The values of settings, by their names. */
export type Values<S extends Settings> = { readonly [Name in keyof S]: ReturnType<S[Name]["read"]> };

/** A text that is no value of a setting; the message says what is. */
export class Unacceptable extends Error {
  override readonly name = "Unacceptable";
  /** The part of the text that is at fault, where that is not all of it. */
  readonly got: string | undefined;

  constructor(accepted: string, got?: string) {
    super(accepted);
    this.got = got;
  }
}

/** Makes values of the texts; throws UsageError that names the setting at fault. */
export function valuesOf<S extends Settings>(settings: S, texts: Texts<S>): Values<S> {
  const values = Object.entries(settings).map(([name, setting]) => [name, valueFor(setting, texts[name] ?? "")]);
  // Each value is what its setting's own `read` makes.
  return Object.fromEntries(values) as Values<S>;
}

/** A setting as a person names it: its flag, with its variable where it has one. */
export function settingName({ flag, env }: Pick<Setting, "flag" | "env">): string {
  return env === undefined ? `--${flag}` : `--${flag} (${env})`;
}

function valueFor(setting: Setting, text: string): unknown {
  try {
    return setting.read(text);
  } catch (error) {
    if (error instanceof Unacceptable) {
      const got = JSON.stringify(error.got ?? text);
      throw new UsageError(`${settingName(setting)} must be ${error.message}; got ${got}`);
    }
    throw error;
  }
}
