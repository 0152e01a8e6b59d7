import { Socket } from "node:net";
import { createApp } from "../app.ts";
import type { AppConfig } from "../assembly/app-config.ts";
import { isConnectionMessage } from "../server/acceptor.ts";
import { exitCodes } from "./exit-codes.ts";
import { reloadOnHangUp } from "./hang-up.ts";
import type { Logger } from "./logger.ts";
import { startRefusal } from "./start-refusal.ts";
import { stopSignals } from "./stop-signal.ts";
import { SupervisorMetrics } from "./supervisor-metrics.ts";
import { isSupervisorMessage, type SupervisorMessage, stopMessage, type WorkerMessage } from "./worker-messages.ts";

/** Serves the connections that the supervisor hands over, until it says stop or is gone; resolves with the exit code. */
export async function serveSupervised(config: AppConfig, logger: Logger): Promise<number> {
  const metrics = new SupervisorMetrics();
  const app = createApp(config, logger, metrics.all);
  reloadOnHangUp(app, config.tls !== undefined, logger);
  const stop = stopOf({
    adopt: (connection) => app.adopt(connection),
    hear: (message) => metrics.hear(message, () => app.metrics()),
  });
  try {
    tell({ kind: "opened", demo: await app.open() });
  } catch (error) {
    const refusal = startRefusal(error, config);
    tell({ kind: "refused", ...refusal });
    leave();
    return refusal.exitCode;
  }
  await stop;
  await app.close();
  metrics.tell(app.metrics());
  leave();
  return exitCodes.ok;
}

/** Ends the channel to the supervisor, which would keep the process alive; the supervisor may be gone before. */
function leave(): void {
  if (process.connected) {
    process.disconnect?.();
  }
}

function tell(message: WorkerMessage): void {
  // That the supervisor is gone is told by `disconnect`.
  process.send?.(message, undefined, undefined, () => {});
}

/** What the supervisor wants besides that it stops. */
interface Wanted {
  adopt(connection: Socket): void;
  hear(message: SupervisorMessage): void;
}

function stopOf({ adopt, hear }: Wanted): Promise<void> {
  return new Promise((resolve) => {
    process.on("message", (message: unknown, connection: unknown) => {
      if (message === stopMessage) {
        resolve();
      } else if (isConnectionMessage(message)) {
        process.send?.(message);
        // There is none where the client was gone before it got here.
        if (connection instanceof Socket) {
          adopt(connection);
        }
      } else if (isSupervisorMessage(message)) {
        hear(message);
      }
    });
    process.once("disconnect", resolve);
    for (const signal of stopSignals) {
      // Whoever sends it to all processes of a terminal sends it to the supervisor, too, which has the last word.
      process.on(signal, () => tell({ kind: "stopping" }));
    }
  });
}
