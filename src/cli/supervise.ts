import type { AppConfig } from "../assembly/app-config.ts";
import { expose, expositionType } from "../observability/exposition.ts";
import { Acceptor } from "../server/acceptor.ts";
import type { ServerAddress } from "../server/address.ts";
import { type AdminServer, createAdminServer } from "../server/admin-server.ts";
import { exitCodes } from "./exit-codes.ts";
import { greeting } from "./greeting.ts";
import type { Logger } from "./logger.ts";
import { warnOfOpenDoor } from "./open-door.ts";
import { startRefusal } from "./start-refusal.ts";
import { stopSignal } from "./stop-signal.ts";
import { printRefusal, type Refusal } from "./store-refusal.ts";
import type { Outcome } from "./worker.ts";
import { WorkerMetrics } from "./worker-metrics.ts";
import { Workers } from "./workers.ts";

/**
 * Runs several server processes on one port and one file until a signal stops them; resolves with the exit code. One
 * that ends unasked is replaced; SIGHUP replaces all, one after the other, each when its successor serves.
 */
export async function supervise(
  config: AppConfig,
  logger: Logger,
  { count, args }: { readonly count: number; readonly args: readonly string[] },
): Promise<number> {
  const acceptor = new Acceptor();
  const metrics = new WorkerMetrics();
  const workers = new Workers({ acceptor, metrics, logger, args });
  const stop = stopSignal((exitCode) => {
    workers.kill();
    process.exit(exitCode);
  });
  // Until all are there it changes nothing, as they are new anyhow; without a listener it would end this process.
  let serving = false;
  process.on("SIGHUP", () => serving && void workers.roll());
  const admin = createAdminServer({
    metrics: { type: expositionType, read: async () => expose(await metrics.collect()) },
    isReady: async () => !acceptor.isClosed && (await metrics.isReady()),
  });
  const refuse = (refusal: Refusal): number => {
    acceptor.close();
    admin.close();
    printRefusal(refusal);
    return refusal.exitCode;
  };
  const address = await acceptor
    .listen(config.host, config.port, config.tls !== undefined)
    .catch((error) => startRefusal(error, config));
  if ("message" in address) {
    return refuse(address);
  }
  const operators = await listenForOperators(admin, config);
  if (operators !== undefined && "message" in operators) {
    return refuse(operators);
  }
  const first = await Promise.race([stop.then(() => undefined), startAll(workers, count)]);
  if (first?.kind === "refused") {
    return refuse(first);
  }
  if (first !== undefined) {
    serving = true;
    process.stdout.write(greeting({ url: address.url, adminUrl: operators?.url, demo: first.demo }));
    warnOfOpenDoor(config);
    await stop;
  }
  acceptor.close();
  await workers.stop();
  admin.close();
  metrics.close();
  return exitCodes.ok;
}

/**
 * Starts the first one alone: it makes or migrates the database, and finds out what can't be had. Resolves with how that
 * went, when all serve or the first one can't; with nothing where all stop.
 */
async function startAll(workers: Workers, count: number): Promise<Outcome | undefined> {
  const first = await workers.add();
  if (first?.kind === "opened") {
    await Promise.all(Array.from({ length: count - 1 }, () => workers.replace()));
  }
  return first;
}

async function listenForOperators(admin: AdminServer, config: AppConfig): Promise<ServerAddress | Refusal | undefined> {
  const { adminAddress } = config;
  return adminAddress && admin.listen(adminAddress).catch((error) => startRefusal(error, config));
}
