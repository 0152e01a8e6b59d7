import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Arguments {
  /** Sizes and times so small that the run only shows that it runs. */
  readonly short: boolean;
  /** Also the rows that need many millions of stored overrides. */
  readonly large: boolean;
  /** Only rows whose name this matches. */
  readonly only: RegExp;
  /** How often each subject of a row is measured. */
  readonly rounds: number;
  /** How long one measurement lasts, in seconds. */
  readonly seconds: number;
  /** Where the results go as JSON as well. */
  readonly json: string | undefined;
  /** The folder in which databases are made, and removed again. */
  readonly folder: string | undefined;
  readonly help: boolean;
}

/** What `--help` prints. */
export const help = `Usage: npm run bench -- [options]

  --only PATTERN   only rows whose name matches the regular expression
  --large          also the rows that store millions of overrides (minutes, and some gigabytes of disk)
  --rounds N       how often each subject is measured; the median counts (default 5)
  --seconds N      how long one measurement lasts (default 1.5)
  --json FILE      write the results as JSON, too
  --folder DIR     make the databases there instead of in the system's folder for temporary files
  --short          tiny sizes and times, every row: shows that it runs, and measures nothing
`;

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: "boolean", default: false },
      large: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      json: { type: "string" },
      folder: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { short, large, only, json, folder } = values;
  return {
    short,
    large: large || short,
    only: new RegExp(only),
    rounds: positive("rounds", values.rounds ?? (short ? "1" : "5"), /^[1-9]\d?$/),
    seconds: positive("seconds", values.seconds ?? (short ? "0.05" : "1.5"), /^\d{1,3}(\.\d+)?$/),
    json,
    folder,
    help: values.help,
  };
}

function positive(name: string, text: string, form: RegExp): number {
  const value = form.test(text) ? Number(text) : 0;
  if (value > 0) {
    return value;
  }
  throw new Error(`--${name} must be a number above 0; got ${JSON.stringify(text)}`);
}
