import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** A client in a process of its own that prints what it hears. */
export interface PrintingClient {
  /** Resolves with everything printed so far as soon as that has a text in it; rejects where the client ends before. */
  until(text: string): Promise<string>;
  /** Resolves with everything that the client has printed when it ends by itself. */
  readonly ended: Promise<string>;
}

/** Starts a client; it and what it has started are killed when the test is over. */
export function startPrinting(command: string, args: readonly string[]): PrintingClient {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let printed = "";
  let complaints = "";
  const looks = new Set<() => void>();
  child.stdout.on("data", (chunk) => {
    printed += chunk;
    for (const look of looks) {
      look();
    }
  });
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const ended = once(child, "close").then(() => printed);
  onTestFinished(() => endGroup(child));
  const until = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => printed.includes(text) && resolve(printed);
      looks.add(look);
      look();
      const tooEarly = () => reject(new Error(`${command} ended without ${text}: ${printed}${complaints}`));
      ended.then(tooEarly, reject);
    });
  return { until, ended };
}

/** The client leads a process group: the one that npm's wrapper of it runs is in there, too. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) {
    process.kill(-pid, "SIGKILL");
  }
}
