import { appConfigOf } from "./app-config.ts";
import { defineCommand } from "./command.ts";
import { serveSettings } from "./serve-settings.ts";
import { workerVariable } from "./worker-messages.ts";

/**
 * Runs the service until a signal stops it. What serves is loaded by this command alone, and when it runs: the others,
 * and helps and refusals, begin the sooner.
 */
export const serve = defineCommand({
  name: "serve",
  summary: "run the service",
  about: "Serves the organisation feature flags in one SQLite file as REST, Connect, gRPC and gRPC-Web on one port.",
  settings: serveSettings,
  async run({ workers, logLevel, ...values }, { args, env }) {
    const config = appConfigOf(values);
    const { createLogger } = await import("./logger.ts");
    const logger = createLogger(logLevel);
    if (env[workerVariable] !== undefined && process.connected) {
      const { serveSupervised } = await import("./serve-supervised.ts");
      return serveSupervised(config, logger);
    }
    if (workers === 1) {
      const { serveAlone } = await import("./serve-alone.ts");
      return serveAlone(config, logger);
    }
    const { supervise } = await import("./supervise.ts");
    return supervise(config, logger, { count: workers, args });
  },
});
