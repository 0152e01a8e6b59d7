import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Acceptor } from "../server/acceptor.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Logger } from "./logger.ts";
import { printRefusal } from "./store-refusal.ts";
import { stopMessage, type WorkerMessage, workerVariable } from "./worker-messages.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/** How the start of a server process went. */
type Outcome = Extract<WorkerMessage, { kind: "opened" | "refused" }>;

interface WorkersOptions {
  readonly acceptor: Acceptor;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
  readonly args: readonly string[];
}

/** The server processes of a supervisor. */
export class Workers {
  readonly #acceptor: Acceptor;
  readonly #metrics: WorkerMetrics;
  readonly #logger: Logger;
  readonly #args: readonly string[];
  /** Those that live, whether they serve already or are ending. */
  readonly #alive = new Set<ChildProcess>();
  readonly #ending = new Set<ChildProcess>();
  readonly #stopping = new AbortController();
  #rolling: Promise<void> | undefined;

  /** `args` are those of `serve`. */
  constructor({ acceptor, metrics, logger, args }: WorkersOptions) {
    this.#acceptor = acceptor;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#args = args;
  }

  /** Starts one; resolves when it serves, or has said why it can't. */
  async add(): Promise<Outcome> {
    const [, main = ""] = process.argv;
    const child = fork(main, ["serve", ...this.#args], { env: { ...process.env, [workerVariable]: "1" } });
    this.#alive.add(child);
    const exit = once(child, "exit").finally(() => this.#alive.delete(child));
    const outcome = await Promise.race([
      once(child, "message").then(([message]): Outcome => message),
      exit.then((): Outcome => ({ kind: "refused", message: endOf(child), exitCode: exitCodes.unexpected })),
    ]);
    if (outcome.kind === "refused") {
      await exit;
      return outcome;
    }
    child.on("message", (message: WorkerMessage) => message.kind === "stopping" && this.#replaceOne(child));
    exit.then(() => this.#ended(child));
    this.#metrics.add(child);
    this.#acceptor.add(child);
    return outcome;
  }

  /** Starts one in the place of another, however often that takes. */
  async replace(): Promise<void> {
    const { signal } = this.#stopping;
    for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      const outcome = await this.add();
      if (outcome.kind === "opened") {
        return;
      }
      printRefusal(outcome);
      // Stopping ends the wait, and with it the loop.
      await delay(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Replaces all that live now, one after the other: the next is there before the last goes. */
  async roll(): Promise<void> {
    this.#rolling ??= this.#replaceAll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  /** Lets all finish what is under way, and ends them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#alive].map((child) => this.#end(child)));
  }

  /** Ends all at once. */
  kill(): void {
    for (const child of this.#alive) {
      child.kill("SIGKILL");
    }
  }

  async #replaceAll(): Promise<void> {
    for (const child of [...this.#alive]) {
      await this.#replaceOne(child);
    }
  }

  async #replaceOne(child: ChildProcess): Promise<void> {
    if (!this.#ending.has(child) && !this.#stopping.signal.aborted) {
      this.#ending.add(child);
      await this.replace();
      await this.#end(child);
    }
  }

  async #end(child: ChildProcess): Promise<void> {
    this.#ending.add(child);
    // Messages keep their order: what was handed over before is taken before it stops.
    this.#acceptor.remove(child);
    if (this.#alive.has(child)) {
      const exit = once(child, "exit");
      // Where it can't be told it is ending already.
      child.send(stopMessage, () => {});
      await exit;
    }
  }

  #ended(child: ChildProcess): void {
    this.#acceptor.remove(child);
    const asked = this.#ending.delete(child);
    if (!asked && !this.#stopping.signal.aborted) {
      this.#metrics.countRestart();
      this.#logger.warn({ worker: child.pid }, `${endOf(child)}; starting another`);
      void this.replace();
    }
  }
}

function endOf({ pid, exitCode, signalCode }: ChildProcess): string {
  return `server process ${pid} ended (${signalCode ?? `exit code ${exitCode}`})`;
}
