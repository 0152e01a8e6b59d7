import { appConfigOf } from "./app-config.ts";
import { defineCommand } from "./command.ts";
import { createLogger } from "./logger.ts";
import { serveAlone } from "./serve-alone.ts";
import { serveSettings } from "./serve-settings.ts";
import { serveSupervised } from "./serve-supervised.ts";
import { supervise } from "./supervise.ts";
import { workerVariable } from "./worker-messages.ts";

/** Runs the service until a signal stops it. */
export const serve = defineCommand({
  name: "serve",
  summary: "run the service",
  about: "Serves the organisation feature flags in one SQLite file as REST, Connect, gRPC and gRPC-Web on one port.",
  settings: serveSettings,
  async run({ workers, logLevel, ...values }, { args, env }) {
    const config = appConfigOf(values);
    // Whoever reads the output may go away at any time; the service stays.
    process.stdout.on("error", () => {});
    process.stderr.on("error", () => {});
    const logger = createLogger(logLevel);
    if (env[workerVariable] !== undefined && process.connected) {
      return serveSupervised(config, logger);
    }
    return workers === 1 ? serveAlone(config, logger) : supervise(config, logger, { count: workers, args });
  },
});
