import { availableParallelism } from "node:os";
import type { AppConfig } from "../app.ts";
import { isOrigin } from "../server/origin.ts";
import { UsageError } from "./usage-error.ts";

/** One setting of `serve`: a flag, and an environment variable that counts where the flag is absent. */
export interface Setting {
  readonly flag: string;
  readonly env: string;
  /** What stands for the value in the help; a setting without it is a switch. */
  readonly placeholder?: string;
  readonly fallback: string;
  readonly help: string;
}

/** All settings of `serve`, in the order of the help. */
export const settings = {
  port: {
    flag: "port",
    env: "ORGFLAGS_PORT",
    placeholder: "PORT",
    fallback: "8080",
    help: "TCP port to listen on; 0 picks a free one",
  },
  host: {
    flag: "host",
    env: "ORGFLAGS_HOST",
    placeholder: "HOST",
    fallback: "127.0.0.1",
    help: "address to listen on; there is no authentication, so beyond this machine only behind something that has it",
  },
  db: {
    flag: "db",
    env: "ORGFLAGS_DB",
    placeholder: "FILE",
    fallback: "./data/orgflags.db",
    help: "SQLite database; made, with its folder, where it is missing",
  },
  catalogue: {
    flag: "catalogue",
    env: "ORGFLAGS_CATALOGUE",
    placeholder: "strict|open",
    fallback: "open",
    help: "what a write to a feature outside the catalogue does: is refused (strict), or adds the feature (open)",
  },
  maxResidentOrgs: {
    flag: "max-resident-orgs",
    env: "ORGFLAGS_MAX_RESIDENT_ORGS",
    placeholder: "N",
    fallback: "100000",
    help: "how many organisations each server process keeps in memory; past it the least recently used go",
  },
  workers: {
    flag: "workers",
    env: "ORGFLAGS_WORKERS",
    placeholder: "N|auto",
    fallback: "1",
    help: "server processes on the one port and file; auto is one for each core",
  },
  corsOrigins: {
    flag: "cors-origins",
    env: "ORGFLAGS_CORS_ORIGINS",
    placeholder: "LIST",
    fallback: "*",
    help: "origins whose web pages may call, separated by commas (https://app.example), or * for every one",
  },
  historyRetention: {
    flag: "history-retention",
    env: "ORGFLAGS_HISTORY_RETENTION",
    placeholder: "LIMITS",
    fallback: "all",
    help: "which changes are kept: all, those of a time (30d, 12h), so many (1000000), or what both allow (30d,1000000)",
  },
  orgFrom: {
    flag: "org-from",
    env: "ORGFLAGS_ORG_FROM",
    placeholder: "targeting-key|org-id",
    fallback: "targeting-key",
    help: "what of an OpenFeature context names the organisation: the targeting key, or the attribute org_id; else the other",
  },
  demo: {
    flag: "demo",
    env: "ORGFLAGS_DEMO",
    fallback: "false",
    help: "fill a database that nobody wrote to yet with the organisations of the API document",
  },
} as const satisfies Record<string, Setting>;

/** The texts of all settings, by the names of `settings`. */
export type SettingTexts = Record<keyof typeof settings, string>;

const maxWorkers = 256;
// What references of the memory map can tell apart is more, but nobody has tried it.
const maxResidentOrgs = 10_000_000;
const hourMs = 3_600_000;
const unitMs: Readonly<Record<string, number>> = { h: hourMs, d: 24 * hourMs };
// LIMITS = "all" / LIMIT [ "," LIMIT ], a LIMIT being a time in days or hours or a number of changes, each once.
const age = /^([1-9]\d{0,5})([dh])$/;
const count = /^[1-9]\d{0,11}$/;

/** Makes the configuration from the texts of flags and environment; throws UsageError naming the setting at fault. */
export function configOf(texts: SettingTexts): AppConfig {
  return {
    port: wholeNumber("port", texts.port, 0, 65_535),
    host: nonEmpty("host", texts.host),
    databaseFile: nonEmpty("db", texts.db),
    catalogue: oneOf("catalogue", texts.catalogue, ["strict", "open"]),
    maxResidentOrganisations: wholeNumber("maxResidentOrgs", texts.maxResidentOrgs, 1, maxResidentOrgs),
    corsOrigins: origins("corsOrigins", texts.corsOrigins),
    historyRetention: retention("historyRetention", texts.historyRetention),
    orgFrom: oneOf("orgFrom", texts.orgFrom, ["targeting-key", "org-id"]),
    demo: oneOf("demo", texts.demo, ["true", "false"]) === "true",
  };
}

/** How many server processes there are to be; throws UsageError. */
export function workerCountOf({ workers }: SettingTexts): number {
  return workers === "auto" ? availableParallelism() : wholeNumber("workers", workers, 1, maxWorkers, ", or auto");
}

function wholeNumber(name: keyof typeof settings, text: string, low: number, high: number, or = ""): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) {
    return value;
  }
  throw badValue(name, text, `a whole number from ${low} to ${high}${or}`);
}

function oneOf<T extends string>(name: keyof typeof settings, text: string, accepted: readonly T[]): T {
  const value = accepted.find((each) => each === text);
  if (value === undefined) {
    throw badValue(name, text, accepted.join(" or "));
  }
  return value;
}

function nonEmpty(name: keyof typeof settings, text: string): string {
  if (text.trim() === "" || text.includes("\0")) {
    throw badValue(name, text, `a ${name === "db" ? "file" : "host"} name`);
  }
  return text;
}

function origins(name: keyof typeof settings, text: string): readonly string[] {
  const list = text.split(",").map((each) => each.trim());
  for (const each of list) {
    if (each !== "*" && !isOrigin(each)) {
      throw badValue(name, each, "an origin such as https://app.example:8443, or *");
    }
  }
  return list;
}

function retention(name: keyof typeof settings, text: string): AppConfig["historyRetention"] {
  const limits = text === "all" ? [] : text.split(",").map((each) => each.trim());
  const ages = limits.flatMap((each) => {
    const [, amount, unit = ""] = age.exec(each) ?? [];
    return amount === undefined ? [] : [Number(amount) * (unitMs[unit] ?? 0)];
  });
  const counts = limits.filter((each) => count.test(each)).map(Number);
  if (ages.length > 1 || counts.length > 1 || ages.length + counts.length < limits.length) {
    const accepted = "all, a time such as 30d or 12h, a number of changes such as 1000000, or both as 30d,1000000";
    throw badValue(name, text, accepted);
  }
  return { maxAgeMs: ages[0], maxChanges: counts[0] };
}

function badValue(name: keyof typeof settings, text: string, accepted: string): UsageError {
  const { flag, env } = settings[name];
  return new UsageError(`--${flag} (${env}) must be ${accepted}; got ${JSON.stringify(text)}`);
}
