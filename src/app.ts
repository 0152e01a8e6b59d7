import type { Socket } from "node:net";
import type { AppConfig } from "./assembly/app-config.ts";
import { gateOf } from "./assembly/gate.ts";
import { procedureTable, services } from "./assembly/procedure-table.ts";
import { serverOf } from "./assembly/server.ts";
import { stateOf } from "./assembly/service-state.ts";
import type { Gate } from "./auth/gate.ts";
import { fillWithDemo } from "./flags/demo.ts";
import { Flags } from "./flags/flags.ts";
import { HistoryPruner } from "./flags/history-pruner.ts";
import { withDamageHelp } from "./observability/damage-help.ts";
import { expose, expositionType } from "./observability/exposition.ts";
import type { Metric } from "./observability/metric.ts";
import { Observability } from "./observability/observability.ts";
import { createHealth, type HealthState } from "./rpc/health.ts";
import type { Logger } from "./rpc/logger.ts";
import { RateLimiter } from "./rpc/rate-limiter.ts";
import { type AdminServer, createAdminServer } from "./server/admin-server.ts";
import type { Server } from "./server/server.ts";
import { SqliteStore } from "./storage/sqlite/store.ts";

/** A started app. */
export interface Started {
  /** `http://HOST:PORT` (with TLS `https`), reachable from this machine. */
  readonly url: string;
  /** The same of the server for operators, if there is one. */
  readonly adminUrl: string | undefined;
  /** Whether the database was filled with the organisations of the API document. */
  readonly demo: boolean;
}

/** The service as a whole. */
export interface App {
  /** Opens and listens. Rejects with StoreOpenError, or with the platform's own error of listening. */
  start(): Promise<Started>;
  /**
   * Opens the database, and listens to nothing: connections come by `adopt`. Resolves with whether the database was
   * filled with the organisations of the API document; rejects with StoreOpenError.
   */
  open(): Promise<boolean>;
  /** The metrics of this process, once it is opened. */
  metrics(): readonly Metric[];
  /** Takes a connection that another process has accepted, unread. */
  adopt(connection: Socket): void;
  /** Reads the files of TLS anew, now; before it has begun there is nothing to do. */
  reload(): void;
  /** Lets calls under way finish, for 10 seconds at most, then closes the database. Safe to call more than once. */
  close(): Promise<void>;
}

interface Running {
  readonly store: SqliteStore;
  readonly flags: Flags;
  readonly gate: Gate | undefined;
  readonly pruner: HistoryPruner;
  readonly server: Server;
  readonly admin: AdminServer;
  readonly health: HealthState;
  readonly observability: Observability;
}

const drainMs = 10_000;
const pruneIntervalMs = 60_000;

/**
 * Puts the service together; nothing is opened before `start` or `open`. Where several processes serve together,
 * `allMetrics` tells the metrics of all of them; it rejects where one does not tell.
 */
export function createApp(
  config: AppConfig,
  logger: Logger,
  allMetrics?: (() => Promise<readonly Metric[]>) | undefined,
): App {
  return new OrgflagsApp(config, logger, allMetrics);
}

class OrgflagsApp implements App {
  readonly #config: AppConfig;
  readonly #logger: Logger;
  #observability: Observability | undefined;
  readonly #allMetrics: () => Promise<readonly Metric[]>;
  #running: Running | undefined;
  #beginning: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: AppConfig, logger: Logger, allMetrics: (() => Promise<readonly Metric[]>) | undefined) {
    this.#config = config;
    this.#logger = withDamageHelp(logger, config.databaseFile);
    this.#allMetrics = allMetrics ?? (async () => this.metrics());
  }

  start(): Promise<Started> {
    return this.#begin(async () => {
      const demo = await this.#open();
      const { server, admin } = this.#opened;
      const { adminAddress } = this.#config;
      const operators = adminAddress && (await admin.listen(adminAddress));
      const { url } = await server.listen();
      return { url, adminUrl: operators?.url, demo };
    });
  }

  open(): Promise<boolean> {
    return this.#begin(() => this.#open());
  }

  metrics(): readonly Metric[] {
    const running = this.#opened;
    return running.observability.metrics(stateOf(running, this.#config));
  }

  adopt(connection: Socket): void {
    this.#opened.server.adopt(connection);
  }

  reload(): void {
    this.#running?.server.reload();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #begin<T>(work: () => Promise<T>): Promise<T> {
    if (this.#beginning !== undefined || this.#closing !== undefined) {
      return Promise.reject(new Error("an app is started once"));
    }
    const begun = work();
    this.#beginning = begun;
    // What could not begin is closed at once; whoever asked for it hears of the error.
    begun.catch(() => this.close());
    return begun;
  }

  async #open(): Promise<boolean> {
    const config = this.#config;
    const { databaseFile: file, limits: { maxWaitingWrites } = {} } = config;
    const bounds = maxWaitingWrites === undefined ? {} : { maxWaitingWrites };
    const observability = await Observability.start(this.#logger, config);
    this.#observability = observability;
    const { onCommit, onWrite } = observability;
    const store = await SqliteStore.open({ ...config, ...bounds, file, clock: Date.now, onCommit, onWrite });
    try {
      const flags = await Flags.open(store, { ...config, clock: Date.now });
      return await this.#serve(store, flags, observability);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async #serve(store: SqliteStore, flags: Flags, observability: Observability): Promise<boolean> {
    const config = this.#config;
    const logger = this.#logger;
    try {
      const demo = config.demo && (await fillWithDemo(store, flags));
      const health = createHealth(services.map(({ typeName }) => typeName));
      const { rateLimits } = config;
      const perAddress = rateLimits?.perAddress && new RateLimiter(rateLimits.perAddress, "this address");
      const gate = gateOf(config, store, flags, logger);
      observability.revision = () => flags.revision;
      const { guards: observe } = observability;
      const table = procedureTable(config, { flags, health, gate, perAddress, observe, logger });
      const metrics = { type: expositionType, read: async () => expose(await this.#allMetrics()) };
      const parts = { flags, observability, metrics, isReady: () => store.isSound, perAddress, gate, logger };
      const server = serverOf(config, parts, table);
      const admin = createAdminServer({ metrics, isReady: () => health.isServing && store.isSound });
      const pruner = prunerOf(config, flags, logger);
      health.setServing(true);
      this.#running = { store, flags, gate, pruner, server, admin, health, observability };
      return demo;
    } catch (error) {
      flags.close();
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#beginning?.catch(() => {});
    if (this.#running !== undefined) {
      const { store, flags, gate, pruner, server, admin, health } = this.#running;
      health.setServing(false);
      await server.drain(drainMs);
      await pruner.stop();
      await gate?.close();
      flags.close();
      await store.close();
      admin.close();
    }
    await this.#observability?.close();
  }

  get #opened(): Running {
    if (this.#running === undefined) {
      throw new Error("the app has to be opened first");
    }
    return this.#running;
  }
}

function prunerOf({ historyRetention }: AppConfig, flags: Flags, logger: Logger): HistoryPruner {
  return new HistoryPruner(flags, historyRetention, {
    intervalMs: pruneIntervalMs,
    onError: (err) => logger.error({ err }, "the history could not be pruned"),
  });
}
