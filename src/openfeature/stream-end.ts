import { Code, ConnectError } from "@connectrpc/connect";

/** Whether a stream is over because the server ends, not because its client has left. */
export function isShutdown({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof ConnectError && reason.code === Code.Unavailable;
}
