import { serveArguments } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { serveHelp } from "./help.ts";
import { serveAlone } from "./serve-alone.ts";
import { serveSupervised } from "./serve-supervised.ts";
import { configOf, workerCountOf } from "./settings.ts";
import { supervise } from "./supervise.ts";
import { workerVariable } from "./worker-messages.ts";

/** Runs the service until a signal stops it; resolves with the exit code. Throws UsageError. */
export async function serve(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const asked = serveArguments(args, env);
  if (asked.help) {
    process.stdout.write(serveHelp());
    return exitCodes.ok;
  }
  const config = configOf(asked.texts);
  const workers = workerCountOf(asked.texts);
  // Whoever reads the output may go away at any time; the service stays.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  if (env[workerVariable] !== undefined && process.connected) {
    return serveSupervised(config);
  }
  return workers === 1 ? serveAlone(config) : supervise(config, workers, args);
}
