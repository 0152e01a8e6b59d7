/** What a server process tells the supervisor once: that it serves, or why it can't. */
export type WorkerMessage =
  | { readonly kind: "opened"; readonly demo: boolean }
  | { readonly kind: "refused"; readonly message: string; readonly exitCode: number }
  /** It was told to stop by somebody else: it wants no more connections. */
  | { readonly kind: "stopping" };

/** What the supervisor tells a server process, besides handing over connections: finish what is under way, and end. */
export const stopMessage = "stop";

/** The environment variable that makes a process a server process under supervision. */
export const workerVariable = "ORGFLAGS_WORKER";
