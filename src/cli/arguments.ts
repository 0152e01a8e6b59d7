import { parseArgs } from "node:util";
import { type Setting, type SettingTexts, settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** What was asked of `serve`. */
export type ServeArguments = { readonly help: true } | { readonly help: false; readonly texts: SettingTexts };

/** A flag as it was typed. */
interface Flag {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

const bySettingName: readonly [string, Setting][] = Object.entries(settings);

/** Reads the arguments of `serve`, with the environment where a flag is absent; throws UsageError. */
export function serveArguments(args: readonly string[], env: NodeJS.ProcessEnv): ServeArguments {
  const flags = readFlags(args);
  if (flags.has("help")) {
    return { help: true };
  }
  const texts = bySettingName.map(([name, { flag, env: variable, fallback }]) => {
    // An empty variable is an unset one.
    return [name, flags.get(flag) ?? (env[variable] || fallback)];
  });
  // Every name of `settings` is among the entries, by construction.
  return { help: false, texts: Object.fromEntries(texts) as SettingTexts };
}

function readFlags(args: readonly string[]): Map<string, string> {
  const types = Object.fromEntries([
    ["help", { type: "boolean" as const, short: "h" }],
    ...bySettingName.map(([, { flag, placeholder }]) => [flag, { type: placeholder ? "string" : "boolean" } as const]),
  ]);
  const { tokens } = parseArgs({ args: [...args], options: types, strict: false, tokens: true });
  const flags = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw new UsageError(`unexpected argument ${JSON.stringify(token.value)}`);
    }
    if (token.kind === "option") {
      flags.set(token.name, flagValue(token, types[token.name]?.type));
    }
  }
  return flags;
}

function flagValue({ rawName, value, inlineValue }: Flag, type: "string" | "boolean" | undefined): string {
  switch (type) {
    case undefined:
      throw new UsageError(`unknown flag ${rawName}`);
    case "string":
      // What looks like the next flag is the next flag: a value that begins so is given with "=".
      if (value === undefined || (!inlineValue && value.startsWith("-"))) {
        throw new UsageError(`${rawName} needs a value`);
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
