import { availableParallelism, cpus, release, type as system } from "node:os";
import type { Figures, Torture } from "./torture.ts";

/** How one kind of torture ended. */
export interface Result {
  readonly name: string;
  readonly work: string;
  readonly amount: string;
  readonly seed: number;
  readonly seconds: number;
  /** What the machine lacks for it, so that it was not done. */
  readonly lacks?: string;
  /** Undefined where it failed. */
  readonly figures: Figures | undefined;
  /** Why it failed; undefined where it did not. */
  readonly error: string | undefined;
}

/** What a result says before it is known how it ended. */
export function headOf({ name, work, amount, unit }: Torture, seed: number, asked: number | undefined) {
  return { name, work, amount: `${asked ?? amount} ${unit}`, seed };
}

/** What all of it was done on, in one line. */
export function setting(): string {
  const [cpu] = cpus();
  return `${cpu?.model.trim()}, ${availableParallelism()} cores; ${system()} ${release()}; Node ${process.versions.node}`;
}

/** One result, as Markdown. */
export function section({ name, work, amount, seed, seconds, lacks, figures, error }: Result): string {
  const outcome = lacks !== undefined ? `not done: ${lacks}` : error === undefined ? "held" : `FAILED: ${error}`;
  const rows = Object.entries(figures ?? {}).map(([key, value]) => `| ${key} | ${value.toLocaleString("en")} |`);
  const table = rows.length === 0 ? [] : ["| | |", "|---|---|", ...rows, ""];
  const took = `${amount}, seed ${seed}, ${seconds.toFixed(0)} s: ${outcome}`;
  return [`## ${name}`, "", `${work}.`, "", took, "", ...table].join("\n");
}
