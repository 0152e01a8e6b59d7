import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Usage } from "./probe.ts";

const root = resolve(import.meta.dirname, "../..");
const startMs = 60_000;
const answerMs = 60_000;
const stopMs = 15_000;

/** What to run, and with what. */
export interface SubjectCommand {
  /** A file below the root of the repository. */
  readonly file: string;
  readonly args: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** A further module to load first, below the root of the repository. */
  readonly preload?: string;
}

/** A server in a process of its own. */
export interface Subject {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What the process has used so far; garbage is collected first if it runs with `--expose-gc`. */
  usage(): Promise<Usage>;
  /** Ends the process and waits for that. */
  stop(): Promise<void>;
}

/** Starts a server that prints `listening on URL`; rejects with what it printed if it does not within a minute. */
export async function startSubject({ file, args, nodeFlags = [], preload }: SubjectCommand): Promise<Subject> {
  const preloads = [join(import.meta.dirname, "probe.ts"), ...(preload === undefined ? [] : [join(root, preload)])];
  const imports = preloads.flatMap((path) => ["--import", path]);
  const child = spawn(process.execPath, [...nodeFlags, ...imports, join(root, file), ...args], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  try {
    return { url: await listening(child, file), usage: () => usage(child), stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The service itself, on a database. */
export function orgflagsCommand(databaseFile: string, ...flags: readonly string[]): SubjectCommand {
  return { file: "src/main.ts", args: ["serve", "--port", "0", "--db", databaseFile, ...flags] };
}

function listening(child: ChildProcess, file: string): Promise<string> {
  const outputs = [child.stdout, child.stderr];
  let printed = "";
  return new Promise((found, fail) => {
    const giveUp = (why: string) => fail(new Error(`${file} ${why}; it printed: ${printed || "nothing"}`));
    const timer = setTimeout(() => giveUp("does not listen"), startMs);
    const read = (chunk: Buffer): void => {
      printed += chunk;
      const [, url] = /listening on (http:\S+)/.exec(printed) ?? [];
      if (url !== undefined) {
        clearTimeout(timer);
        // A line for each write may follow. Nobody keeps them, but a pipe that is full would hold the server up.
        for (const output of outputs) {
          output?.off("data", read).resume();
        }
        found(url);
      }
    };
    for (const output of outputs) {
      output?.on("data", read);
    }
    child.once("exit", () => {
      clearTimeout(timer);
      giveUp("ended");
    });
  });
}

async function usage(child: ChildProcess): Promise<Usage> {
  const answer = once(child, "message", { signal: AbortSignal.timeout(answerMs) });
  child.send("usage");
  const [message] = await answer;
  // The preloaded module sends nothing else, and no subject has messages of its own.
  return message as Usage;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await exit;
  clearTimeout(timer);
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith("ORGFLAGS_") || name === "NODE_OPTIONS";
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}
