import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { expect, onTestFinished } from "vitest";
import { faultMark } from "./openapi/fault-mark.ts";

const observer = new URL("./openapi/observe-process.ts", import.meta.url);
const root = resolve(import.meta.dirname, "..");

/** How a process ended, and what it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The service in a process of its own. */
export interface ServiceProcess {
  /** Resolves with the address once the service says that it listens; rejects if it ends before. */
  readonly url: Promise<string>;
  readonly ended: Promise<Ended>;
  readonly pid: number;
  /** What it has printed on standard error so far. */
  complaints(): string;
  /** The same on standard output. */
  printed(): string;
  kill(signal: NodeJS.Signals): void;
}

/** How a process is to run: in which folder, with which environment (all of it). */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether it begins a group of processes, as what a shell starts does: the group's id is its own. */
  readonly detached?: boolean;
}

/**
 * Runs `orgflags ARGS`, without a log of calls unless that is asked for; what still runs when the test is over is
 * killed. A test whose service gave a REST answer that is not as the OpenAPI document says fails.
 */
export function runOrgflags(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  detached = false,
): ServiceProcess {
  // Server processes of this one inherit it, too.
  const own = { NODE_OPTIONS: `--import ${observer}`, ORGFLAGS_ACCESS_LOG: "none" };
  const all = { ...inherited(), ...own, ...env };
  const program = [join(root, "src/main.ts"), ...args];
  const service = runProgram(process.execPath, program, { cwd: root, env: all, detached });
  onTestFinished(() => expect(service.complaints()).not.toContain(faultMark));
  return service;
}

/** Runs any program that serves as `orgflags` does; what still runs when the test is over is killed. */
export function runProgram(program: string, args: readonly string[], surroundings: Surroundings): ServiceProcess {
  const child = spawn(program, args, { ...surroundings, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  const ended = once(child, "close").then(([exitCode, signal]) => ({ exitCode, signal, ...output }));
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  return {
    url: firstUrl(child, output, ended),
    ended,
    pid: child.pid ?? 0,
    complaints: () => output.stderr,
    printed: () => output.stdout,
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs the service on a free port and the given database. */
export function runService(databaseFile: string, ...flags: readonly string[]): ServiceProcess {
  return runOrgflags(["serve", "--port", "0", "--db", databaseFile, ...flags]);
}

function firstUrl(child: ChildProcess, output: { stdout: string }, ended: Promise<Ended>): Promise<string> {
  const url = new Promise<string>((found, fail) => {
    child.stdout?.on("data", (chunk) => {
      output.stdout += chunk;
      const line = /^orgflags listening on (https?:\S+)$/m.exec(output.stdout);
      if (line?.[1]) {
        found(line[1]);
      }
    });
    ended.then((end) => fail(new Error(`the service ended: ${JSON.stringify(end)}`)));
  });
  // Tests of processes that are meant to end don't ask for the address.
  url.catch(() => {});
  return url;
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ORGFLAGS_")));
}
