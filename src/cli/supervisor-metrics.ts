import type { Metric } from "../observability/metric.ts";
import type { SupervisorMessage, WorkerMessage } from "./worker-messages.ts";

const answerMs = 3000;

/** What a server process tells of metrics, and is told by its supervisor. */
export class SupervisorMetrics {
  readonly #waiting = new Map<number, (metrics: readonly Metric[]) => void>();
  #lastNumber = 0;

  /** Takes a message of the supervisor; `own` makes the metrics of this process. */
  hear(message: SupervisorMessage, own: () => readonly Metric[]): void {
    switch (message.kind) {
      case "tell metrics":
        this.tell(own());
        break;
      case "all metrics":
        this.#waiting.get(message.number)?.(message.metrics);
        break;
      default:
        message satisfies never;
    }
  }

  /** Tells the supervisor what this process has counted. */
  tell(metrics: readonly Metric[]): void {
    send({ kind: "metrics", metrics });
  }

  /** Asks for the metrics of all server processes; rejects where the supervisor does not answer. */
  readonly all = (): Promise<readonly Metric[]> => {
    const number = ++this.#lastNumber;
    return new Promise<readonly Metric[]>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the supervisor does not answer")), answerMs);
      this.#waiting.set(number, (metrics) => {
        clearTimeout(timer);
        resolve(metrics);
      });
      send({ kind: "all metrics", number });
    }).finally(() => this.#waiting.delete(number));
  };
}

function send(message: WorkerMessage): void {
  // The supervisor may be gone.
  process.send?.(message, undefined, undefined, () => {});
}
