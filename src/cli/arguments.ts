import { parseArgs } from "node:util";
import { type Setting, type Settings, settingName, type Texts } from "./setting.ts";
import { UsageError } from "./usage-error.ts";

/** What a command takes. */
export interface Signature<S extends Settings> {
  readonly settings: S;
  /** The names of what stands without a flag, in order; all of them have to be given. */
  readonly operands: readonly string[];
}

/** What was asked of a command. */
export type Arguments<S extends Settings> =
  | { readonly help: true }
  | { readonly help: false; readonly texts: Texts<S>; readonly operands: readonly string[] };

/** A flag as it was typed. */
interface Flag {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** By the names of flags, whether they have a value. */
type FlagTypes = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

/** Reads the arguments of a command, with the environment where a flag is absent; throws UsageError. */
export function readArguments<S extends Settings>(
  { settings, operands: names }: Signature<S>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Arguments<S> {
  const { flags, operands } = typed(Object.values(settings), args);
  if (flags.has("help")) {
    return { help: true };
  }
  const unexpected = operands[names.length];
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument ${JSON.stringify(unexpected)}`);
  }
  const missing = names[operands.length];
  if (missing !== undefined) {
    throw new UsageError(`${missing} is missing`);
  }
  const empty = names.find((_, index) => operands[index] === "");
  if (empty !== undefined) {
    throw new UsageError(`${empty} is empty`);
  }
  const texts = Object.entries(settings).map(([name, setting]) => [name, textOf(setting, flags, env)]);
  // Every name of `settings` is among the entries, by construction.
  return { help: false, texts: Object.fromEntries(texts) as Texts<S>, operands };
}

function textOf(setting: Setting, flags: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): string {
  // An empty variable is an unset one.
  const variable = variableOf(setting.env, env) ?? variableOf(setting.alsoEnv, env);
  const text = flags.get(setting.flag) ?? variable ?? setting.fallback;
  if (text === undefined) {
    throw new UsageError(`${settingName(setting)} is missing`);
  }
  // What was meant to be narrowed by a shell's variable that is unset would be everything.
  if (flags.get(setting.flag) === "" && setting.fallback === "") {
    throw new UsageError(`--${setting.flag} is empty; give it a value, or leave it out`);
  }
  return text;
}

function variableOf(name: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  return name === undefined ? undefined : env[name] || undefined;
}

function typed(settings: readonly Setting[], args: readonly string[]) {
  const byFlag = new Map(settings.map((setting) => [setting.flag, setting]));
  const types: FlagTypes = Object.fromEntries([
    ["help", { type: "boolean" as const, short: "h" }],
    ...settings.map(({ flag, placeholder }) => [flag, { type: placeholder ? "string" : "boolean" } as const]),
  ]);
  const { tokens } = parseArgs({ args: [...args], options: types, strict: false, tokens: true });
  const flags = new Map<string, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      operands.push(token.value);
    } else if (token.kind === "option") {
      const value = flagValue(token, types);
      const earlier = byFlag.get(token.name)?.repeats ? flags.get(token.name) : undefined;
      flags.set(token.name, earlier === undefined ? value : `${earlier},${value}`);
    }
  }
  return { flags, operands };
}

function flagValue({ name, rawName, value, inlineValue }: Flag, types: FlagTypes): string {
  const type = types[name]?.type;
  switch (type) {
    case undefined:
      throw new UsageError(`unknown flag ${rawName}`);
    case "string":
      if (value === undefined) {
        throw new UsageError(`${rawName} needs a value`);
      }
      // What looks like the next flag is the next flag.
      if (!inlineValue && value.startsWith("-")) {
        const isFlag = value.slice(2) in types;
        const how = isFlag ? "" : `; one that begins with "-" is given as ${rawName}=${value}`;
        throw new UsageError(`${rawName} needs a value${how}`);
      }
      return value;
    case "boolean":
      if (value !== undefined) {
        throw new UsageError(`${rawName} takes no value`);
      }
      return "true";
    default:
      return type satisfies never;
  }
}
