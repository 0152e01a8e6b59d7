import { createApp, type Started } from "../app.ts";
import type { AppConfig } from "../assembly/app-config.ts";
import { exitCodes } from "./exit-codes.ts";
import { greeting } from "./greeting.ts";
import { reloadOnHangUp } from "./hang-up.ts";
import type { Logger } from "./logger.ts";
import { warnOfOpenDoor } from "./open-door.ts";
import { startRefusal } from "./start-refusal.ts";
import { stopSignal } from "./stop-signal.ts";
import { printRefusal } from "./store-refusal.ts";

/** Serves in this process until a signal stops it; resolves with the exit code. */
export async function serveAlone(config: AppConfig, logger: Logger): Promise<number> {
  const stop = stopSignal(process.exit);
  const app = createApp(config, logger);
  reloadOnHangUp(app, config.tls !== undefined, logger);
  let started: Started;
  try {
    started = await app.start();
  } catch (error) {
    const refusal = startRefusal(error, config);
    printRefusal(refusal);
    return refusal.exitCode;
  }
  process.stdout.write(greeting(started));
  warnOfOpenDoor(config);
  await stop;
  await app.close();
  return exitCodes.ok;
}
