import type { ChildProcess } from "node:child_process";
import { mergeMetrics, remainingMetrics } from "../observability/merge-metrics.ts";
import { counter, gauge, type Metric, only } from "../observability/metric.ts";
import { ProcessMetrics } from "../observability/process-metrics.ts";
import { isReadyBy } from "../observability/service-metrics.ts";
import type { SupervisorMessage, WorkerMessage } from "./worker-messages.ts";

const answerMs = 1000;

/**
 * The metrics of all server processes as those of one service. What a process had counted when it last told is still
 * counted when it is gone, so that no counter ever goes back.
 */
export class WorkerMetrics {
  /** What each process that lives has told last. */
  readonly #told = new Map<ChildProcess, readonly Metric[]>();
  readonly #waiting = new Map<ChildProcess, Set<(hasAnswered: boolean) => void>>();
  readonly #supervisor = new ProcessMetrics();
  #gone: readonly Metric[] = [];
  #restarts = 0;

  /** Takes in a server process that has opened; it is let go when it ends. */
  add(child: ChildProcess): void {
    this.#told.set(child, []);
    this.#waiting.set(child, new Set());
    child.on("message", (message: WorkerMessage) => this.#hear(child, message));
    child.once("exit", () => this.#let(child));
  }

  /** Lets go of what measures by itself. */
  close(): void {
    this.#supervisor.close();
  }

  /** Counts a server process that ended unasked. */
  countRestart(): void {
    this.#restarts += 1;
  }

  /** Whether any server process says that it takes requests. One that does not answer within a second takes none. */
  isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = [...this.#told.keys()].map(async (child) => {
        if ((await this.#ask(child)) && isReadyBy(this.#told.get(child) ?? [])) {
          resolve(true);
        }
      });
      void Promise.all(asked).then(() => resolve(false));
    });
  }

  /** Asks all server processes; of one that does not answer within a second counts what it told last. */
  async collect(): Promise<readonly Metric[]> {
    await Promise.all([...this.#told.keys()].map((child) => this.#ask(child)));
    const workers = gauge("orgflags_workers", "Server processes that there are.", only(this.#told.size));
    const restarts = counter(
      "orgflags_worker_restarts_total",
      "Server processes that ended unasked, and were replaced.",
      only(this.#restarts),
    );
    return mergeMetrics([...this.#told.values(), this.#gone, this.#supervisor.metrics(), [workers, restarts]]);
  }

  /** Resolves with whether it has answered, when it has, has ended, or the time is over. */
  #ask(child: ChildProcess): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (hasAnswered: boolean): void => {
        clearTimeout(timer);
        this.#waiting.get(child)?.delete(done);
        resolve(hasAnswered);
      };
      const timer = setTimeout(() => done(false), answerMs);
      this.#waiting.get(child)?.add(done);
      // Where it can't be asked it is ending already.
      send(child, { kind: "tell metrics" });
    });
  }

  #hear(child: ChildProcess, message: WorkerMessage): void {
    if (message.kind === "metrics") {
      this.#told.set(child, message.metrics);
      this.#answer(child, true);
    } else if (message.kind === "all metrics") {
      const { number } = message;
      void this.collect().then((metrics) => send(child, { kind: "all metrics", number, metrics }));
    }
  }

  #answer(child: ChildProcess, hasAnswered: boolean): void {
    for (const done of this.#waiting.get(child) ?? []) {
      done(hasAnswered);
    }
  }

  #let(child: ChildProcess): void {
    this.#answer(child, false);
    this.#waiting.delete(child);
    this.#gone = mergeMetrics([this.#gone, remainingMetrics(this.#told.get(child) ?? [])]);
    this.#told.delete(child);
  }
}

function send(child: ChildProcess, message: SupervisorMessage): void {
  child.send(message, () => {});
}
