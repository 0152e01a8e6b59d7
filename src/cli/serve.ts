import { once } from "node:events";
import { constants } from "node:os";
import { pino } from "pino";
import { type App, type AppConfig, createApp } from "../app.ts";
import { StoreOpenError } from "../storage/store.ts";
import { serveArguments } from "./arguments.ts";
import { exitCodeOfStoreFault, exitCodes } from "./exit-codes.ts";
import { greeting } from "./greeting.ts";
import { serveHelp } from "./help.ts";
import { configOf } from "./settings.ts";

type StopSignal = "SIGTERM" | "SIGINT";

/** Runs the service until a signal stops it; resolves with the exit code. Throws UsageError. */
export async function serve(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const asked = serveArguments(args, env);
  if (asked.help) {
    process.stdout.write(serveHelp());
    return exitCodes.ok;
  }
  const config = configOf(asked.texts);
  // Whoever reads the output may go away at any time; the service stays.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const stop = stopSignal();
  const app = createApp(config, pino(pino.destination({ dest: 2, sync: true })));
  return (await start(app, config)) ?? stopOn(stop, app);
}

/** Resolves with an exit code where the app could not start. */
async function start(app: App, config: AppConfig): Promise<number | undefined> {
  try {
    const { url, demo } = await app.start();
    process.stdout.write(greeting(url, demo));
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error, config);
    if (refusal === undefined) {
      throw error;
    }
    process.stderr.write(`orgflags: ${refusal.message}\n`);
    return refusal.exitCode;
  }
}

function refusalOf(error: unknown, { host, port }: AppConfig): { message: string; exitCode: number } | undefined {
  if (error instanceof StoreOpenError) {
    return { message: error.message, exitCode: exitCodeOfStoreFault(error.fault) };
  }
  if (error instanceof Error && "syscall" in error && (error.syscall === "listen" || error.syscall === "getaddrinfo")) {
    const why = "code" in error && error.code === "EADDRINUSE" ? "the port is in use" : error.message;
    return { message: `can't listen on ${host}, port ${port}: ${why}`, exitCode: exitCodes.address };
  }
  return undefined;
}

/** Resolves at the first signal that asks to stop; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  const signals: readonly StopSignal[] = ["SIGTERM", "SIGINT"];
  await Promise.race(signals.map((signal) => once(process, signal)));
  for (const signal of signals) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

async function stopOn(stop: Promise<void>, app: App): Promise<number> {
  await stop;
  await app.close();
  return exitCodes.ok;
}
