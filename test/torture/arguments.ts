import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Arguments {
  /** Only tortures whose name this matches. */
  readonly only: RegExp;
  /** How much of each is done; undefined for what each has by itself. */
  readonly rounds: number | undefined;
  /** What chance starts from. */
  readonly seed: number;
  /** Where the results go as JSON as well. */
  readonly json: string | undefined;
  readonly help: boolean;
}

/** What `--help` prints. */
export const help = `Usage: npm run torture -- [options]

  --only PATTERN   only tortures whose name matches the regular expression
  --rounds N       how much of each is done: rounds, kills, requests or seconds, as the list of results names it
  --seed N         what chance starts from, to have the same again; printed with the results (default: the time)
  --json FILE      write the results as JSON, too
`;

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readArguments(args: readonly string[], now: number): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      seed: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { only, rounds, seed, json, help: isHelp } = values;
  return {
    only: new RegExp(only),
    rounds: rounds === undefined ? undefined : whole("rounds", rounds),
    seed: seed === undefined ? now % 2 ** 31 : whole("seed", seed),
    json,
    help: isHelp,
  };
}

function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) {
    return Number(text);
  }
  throw new Error(`--${name} must be a whole number from 1 to 999999999; got ${JSON.stringify(text)}`);
}
