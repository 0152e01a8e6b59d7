import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Usage } from "../../bench/process/probe.ts";
import type { Ground } from "./ground.ts";

const root = resolve(import.meta.dirname, "../..");
const probe = join(root, "bench/process/probe.ts");
const answerMs = 60_000;

/** How the service is run. */
export interface ServiceOptions {
  /** The database. */
  readonly file: string;
  readonly flags?: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words to put before the command, such as a program that runs it elsewhere. */
  readonly prefix?: readonly string[];
  /** Whether it can be asked what it uses; for one process alone, and not behind a prefix. */
  readonly probed?: boolean;
}

/** How a process ended, and what it printed on standard error. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly complaints: string;
}

/** The service in a process of its own. */
export class Service {
  /** Resolves with the address when it listens; rejects where it ends before. */
  readonly url: Promise<string>;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #output = "";
  #complaints = "";

  /** Starts `orgflags serve` on a free port; what still runs when the torture is over is killed. */
  constructor(ground: Ground, options: ServiceOptions) {
    const [command = "", ...args] = commandOf(options);
    const child = spawn(command, args, {
      cwd: root,
      env: { ...inherited(), ...options.env },
      stdio: ["ignore", "pipe", "pipe", ...(options.probed ? (["ipc"] as const) : [])],
    });
    this.#child = child;
    child.stderr?.on("data", (chunk) => {
      this.#complaints += chunk;
    });
    this.ended = once(child, "close").then(([exitCode, signal]) => {
      return { exitCode, signal, complaints: this.#complaints };
    });
    this.url = this.#listening();
    ground.defer(() => this.#killAll());
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has printed on standard error so far. */
  get complaints(): string {
    return this.#complaints;
  }

  /** The processes under this one. */
  get children(): number[] {
    try {
      const text = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8");
      return text.trim().split(" ").filter(Boolean).map(Number);
    } catch {
      // It is gone.
      return [];
    }
  }

  /** How many sockets the process has open. */
  get sockets(): number {
    const folder = `/proc/${this.pid}/fd`;
    return readdirSync(folder).filter((descriptor) => isSocket(join(folder, descriptor))).length;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it as a person would; rejects where it does not end in peace. */
  async stop(): Promise<void> {
    this.kill("SIGTERM");
    const { exitCode, signal, complaints } = await this.ended;
    if (exitCode !== 0) {
      throw new Error(`the service ended with ${signal ?? exitCode}: ${complaints}`);
    }
  }

  /** What the process uses, after collecting garbage where it has `--expose-gc`; for one that is probed. */
  async usage(): Promise<Usage> {
    const answer = once(this.#child, "message", { signal: AbortSignal.timeout(answerMs) });
    this.#child.send("usage");
    const [message] = await answer;
    // The preloaded module sends nothing else.
    return message as Usage;
  }

  #listening(): Promise<string> {
    const url = new Promise<string>((found, fail) => {
      this.#child.stdout?.on("data", (chunk) => {
        this.#output += chunk;
        const [, address] = /^orgflags listening on (http:\S+)$/m.exec(this.#output) ?? [];
        if (address !== undefined) {
          found(address);
        }
      });
      this.ended.then((end) => fail(new Error(`the service ended: ${JSON.stringify(end)}`)));
    });
    // Who wants it dead does not ask for the address.
    url.catch(() => {});
    return url;
  }

  #killAll(): void {
    for (const pid of this.children) {
      killIfAlive(pid);
    }
    this.#child.kill("SIGKILL");
  }
}

/** Kills a process, unless it is gone already. */
export function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    // The state stands behind the name; a zombie is dead and waits for its parent to hear of it.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function isSocket(link: string): boolean {
  try {
    return readlinkSync(link).startsWith("socket:");
  } catch {
    // Closed since it was listed.
    return false;
  }
}

function commandOf({ file, flags = [], nodeFlags = [], prefix = [], probed = false }: ServiceOptions): string[] {
  const node = [process.execPath, ...nodeFlags, ...(probed ? ["--expose-gc", "--import", probe] : [])];
  const serve = ["serve", "--port", "0", "--log-level", "error", "--db", file];
  return [...prefix, ...node, join(root, "src/main.ts"), ...serve, ...flags];
}

function inherited(): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith("ORGFLAGS_") || name === "NODE_OPTIONS";
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}
