import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** The machine and the program that figures come from. */
export interface Setting {
  /** When the run began, RFC 3339. */
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** In GiB. */
  readonly memory: number;
  /** The kind of file system that the databases are on. */
  readonly fileSystem: string;
  /** How many processes wanted a core, over the last minute before the run. */
  readonly loadAverage: number;
}

const fileSystems: Readonly<Record<number, string>> = {
  61267: "ext4",
  16914836: "tmpfs (nothing is written to a disk: the rows that write tell nothing)",
  2435016766: "btrfs",
  1481003842: "xfs",
  2035054128: "overlay",
};

/** Looks at the machine; `folder` is where the databases are. */
export function readSetting(folder: string): Setting {
  const { type: kind } = statfsSync(folder);
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.versions.node,
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    fileSystem: fileSystems[kind] ?? `type 0x${kind.toString(16)}`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
    const changed = git("status", "--porcelain", "--", "../../src", "../../package-lock.json") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? " with changes on top" : ""}`;
  } catch {
    // No git, or no repository: the figures are none the worse.
    return "unknown";
  }
}
