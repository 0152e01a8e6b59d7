import { type ChildProcess, fork } from "node:child_process";
import { exitCodes } from "./exit-codes.ts";
import { stopSignals } from "./stop-signal.ts";
import { stopMessage, type WorkerMessage, workerVariable } from "./worker-messages.ts";

/** How the start of a server process went. */
export type Outcome = Extract<WorkerMessage, { kind: "opened" | "refused" }>;

/** One server process of a supervisor. */
export class Worker {
  readonly process: ChildProcess;
  /** Resolves when it has opened, or when it has ended and it is known why. */
  readonly outcome: Promise<Outcome>;
  /** Resolves when somebody else has told it to stop, be it before it has opened. */
  readonly stopping: Promise<void>;
  /** Resolves when it has ended, and all that it told has been heard. */
  readonly ended: Promise<void>;
  /** Whether it is meant to end. */
  isEnding = false;
  #failure: Error | undefined;

  /** Starts it; `args` are those of `serve`. */
  constructor(args: readonly string[]) {
    const [, main = ""] = process.argv;
    this.process = fork(main, ["serve", ...args], { env: { ...process.env, [workerVariable]: "1" } });
    this.process.on("error", (error) => {
      this.#failure = error;
    });
    this.ended = new Promise((resolve) => this.process.once("close", () => resolve()));
    this.stopping = new Promise((resolve) => this.#hear("stopping", () => resolve()));
    this.outcome = new Promise((resolve) => {
      let refusal: Outcome | undefined;
      this.#hear("opened", resolve);
      this.#hear("refused", (refused) => {
        refusal = refused;
      });
      this.ended.then(() => resolve(refusal ?? { kind: "refused", message: this.end, exitCode: exitCodes.unexpected }));
    });
  }

  /** Says how it ended. */
  get end(): string {
    const { pid, exitCode, signalCode } = this.process;
    return pid === undefined
      ? `a server process can't be started (${this.#failure?.message})`
      : `server process ${pid} ended (${signalCode ?? `exit code ${exitCode}`})`;
  }

  /** Whether it was told to stop before it listened for that, and has ended by it. */
  get wasStopped(): boolean {
    return stopSignals.some((signal) => signal === this.process.signalCode);
  }

  /** Has it finish what is under way; resolves when it has ended. */
  async stop(): Promise<void> {
    this.isEnding = true;
    // Where it can't be told it is ending already. Before it listens the message waits for it.
    this.process.send(stopMessage, () => {});
    await this.ended;
  }

  /** Listens from the start: messages may come together, before anybody has looked at the first. */
  #hear<K extends Outcome["kind"] | "stopping">(kind: K, hear: (message: WorkerMessageOf<K>) => void): void {
    this.process.on("message", (message: WorkerMessage) => {
      if (isOf(message, kind)) {
        hear(message);
      }
    });
  }
}

type WorkerMessageOf<K extends WorkerMessage["kind"]> = Extract<WorkerMessage, { kind: K }>;

function isOf<K extends WorkerMessage["kind"]>(message: WorkerMessage, kind: K): message is WorkerMessageOf<K> {
  return message.kind === kind;
}
