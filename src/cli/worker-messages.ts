import type { Metric } from "../observability/metric.ts";

/** What a server process tells the supervisor; first of all that it serves, or why it can't. */
export type WorkerMessage =
  | { readonly kind: "opened"; readonly demo: boolean }
  | { readonly kind: "refused"; readonly message: string; readonly exitCode: number }
  /** It was told to stop by somebody else: it wants no more connections. */
  | { readonly kind: "stopping" }
  /** What it has counted, when it is asked, and when it ends. */
  | { readonly kind: "metrics"; readonly metrics: readonly Metric[] }
  /** It asks for the metrics of all server processes, and is answered under the same number. */
  | { readonly kind: "all metrics"; readonly number: number };

/** What the supervisor tells a server process of metrics. */
export type SupervisorMessage =
  | { readonly kind: "tell metrics" }
  | { readonly kind: "all metrics"; readonly number: number; readonly metrics: readonly Metric[] };

/** Whether a message of the supervisor is about metrics. */
export function isSupervisorMessage(message: unknown): message is SupervisorMessage {
  return typeof message === "object" && message !== null && "kind" in message;
}

/** What the supervisor tells a server process, besides handing over connections: finish what is under way, and end. */
export const stopMessage = "stop";

/** The environment variable that makes a process a server process under supervision. */
export const workerVariable = "ORGFLAGS_WORKER";
