import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { DescService } from "@bufbuild/protobuf";
import { Service as FlagdV1 } from "../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as FlagdV2 } from "../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { FlagSyncService } from "../gen/flagd/sync/v1/sync_pb.ts";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.ts";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1alpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Health } from "../gen/health/v1/health_pb.ts";
import { ChangeService } from "../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { AuthMode } from "./auth/access.ts";
import { createGate, type Gate } from "./auth/gate.ts";
import type { JwtOptions } from "./auth/jwt/jwt-options.ts";
import { originGuard } from "./auth/origin-guard.ts";
import type { Credentials } from "./auth/proof.ts";
import { addressRateGuard } from "./auth/rate-guard.ts";
import type { HistoryRetention } from "./domain/change.ts";
import type { CatalogueMode } from "./domain/feature.ts";
import { fillWithDemo } from "./flags/demo.ts";
import { Flags } from "./flags/flags.ts";
import { HistoryPruner } from "./flags/history-pruner.ts";
import { expose, expositionType } from "./observability/exposition.ts";
import type { Metric } from "./observability/metric.ts";
import { Observability, type ObservabilityOptions } from "./observability/observability.ts";
import type { ServiceState } from "./observability/service-metrics.ts";
import type { OrgFrom } from "./openfeature/evaluation-context.ts";
import { flagdEvaluationV1, flagdEvaluationV2 } from "./openfeature/flagd-evaluation.ts";
import { flagdSync } from "./openfeature/flagd-sync.ts";
import { evaluatedOrganisation, syncedOrganisation } from "./openfeature/named-organisation.ts";
import { createOfrep } from "./openfeature/ofrep/ofrep.ts";
import { addressKey } from "./rpc/address-key.ts";
import { errorGuard, refusalOf } from "./rpc/errors.ts";
import type { Guard } from "./rpc/guard.ts";
import { createHealth, type HealthState } from "./rpc/health.ts";
import type { Logger } from "./rpc/logger.ts";
import { type Connected, peerOf, peerOfRequest } from "./rpc/peer.ts";
import { connectProcedures, type Procedure, procedures } from "./rpc/procedure.ts";
import { type Rate, RateLimiter } from "./rpc/rate-limiter.ts";
import { createReflection } from "./rpc/reflection.ts";
import { labelRevision, revisionGuard } from "./rpc/revision.ts";
import { isLoopback } from "./server/address.ts";
import { type AdminAddress, type AdminServer, createAdminServer } from "./server/admin-server.ts";
import { Burst } from "./server/burst.ts";
import { defaultLimits, type Limits } from "./server/limits.ts";
import type { MetricsText } from "./server/metrics-page.ts";
import { createServer, type Server } from "./server/server.ts";
import type { TlsOptions } from "./server/tls-files.ts";
import { ChangeServiceImpl } from "./services/change-service.ts";
import { FeatureServiceImpl } from "./services/feature-service.ts";
import { OrgFeatureFlagServiceImpl } from "./services/org-feature-flag-service.ts";
import { defaultMaxWaitingWrites, SqliteStore } from "./storage/sqlite/store.ts";
import type { HttpRequest } from "./transcoding/body.ts";
import { createTranscoder } from "./transcoding/transcoder.ts";

/** Everything that can be set. */
export interface AppConfig extends ObservabilityOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  readonly databaseFile: string;
  readonly catalogue: CatalogueMode;
  /** How many organisations stay in memory, at least 1. */
  readonly maxResidentOrganisations: number;
  /** Origins whose pages may read and write; with `*` those of every one may read. */
  readonly corsOrigins: readonly string[];
  /** Which changes are kept. */
  readonly historyRetention: HistoryRetention;
  /** What of an OpenFeature context names the organisation where both are there. */
  readonly orgFrom: OrgFrom;
  /** Who has to say who they are: nobody, who writes, or everybody. */
  readonly auth: AuthMode;
  /** Whose JSON Web Tokens count beside tokens of our own. */
  readonly jwt?: JwtOptions | undefined;
  /** Whether to fill a database without overrides with the organisations of the API document. */
  readonly demo: boolean;
  /** With it the port speaks TLS and nothing else. */
  readonly tls?: TlsOptions | undefined;
  /** What one client may ask, where that is other than the defaults. */
  readonly limits?: AppLimits | undefined;
  readonly rateLimits?: RateLimits | undefined;
  /** Host names that requests may be for, besides addresses and localhost; without it, or with `*`, any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Addresses and networks of proxies whose word is taken for the addresses of their clients. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Where metrics and probes are served besides; without it `/metrics` is on the service's own port. */
  readonly adminAddress: AdminAddress | undefined;
}

/** The limits of the server, and of what stands behind it. */
export interface AppLimits extends Partial<Limits> {
  /** How many writes may wait for the disk. */
  readonly maxWaitingWrites?: number;
}

/** How often somebody may ask; without one, as often as they like. */
export interface RateLimits {
  /** Of an IPv6 address its /64 network. */
  readonly perAddress?: Rate | undefined;
  /** Of those who have proven a name; the others count by address alone. */
  readonly perIdentity?: Rate | undefined;
}

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

/** The services that are there. */
export const services: readonly DescService[] = [
  OrgFeatureFlagService,
  FeatureService,
  ChangeService,
  FlagdV1,
  FlagdV2,
  FlagSyncService,
  Health,
  ServerReflection,
  ServerReflectionV1alpha,
];

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
    this.#logger = logger;
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
    try {
      const demo = config.demo && (await fillWithDemo(store, flags));
      const health = createHealth(services.map(({ typeName }) => typeName));
      const perAddress = limiterOf(config.rateLimits?.perAddress, "this address");
      const gate = gateOf(config, store, flags, this.#logger);
      observability.revision = () => flags.revision;
      const table = procedureTable(config, flags, health, gate, this.#logger, perAddress, observability.guards);
      const metrics = { type: expositionType, read: async () => expose(await this.#allMetrics()) };
      const parts = { flags, observability, metrics, isReady: () => store.isWritable, perAddress, gate };
      const server = serverOf(config, this.#logger, parts, table);
      const admin = createAdminServer({ metrics, isReady: () => health.isServing && store.isWritable });
      const pruner = prunerOf(config, flags, this.#logger);
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

function limiterOf(rate: Rate | undefined, what: string): RateLimiter | undefined {
  return rate && new RateLimiter(rate, what);
}

/** None where everything is public: then nothing of it is paid for. */
function gateOf(
  { auth, jwt, orgFrom, rateLimits }: AppConfig,
  store: SqliteStore,
  flags: Flags,
  logger: Logger,
): Gate | undefined {
  if (auth === "public") {
    return undefined;
  }
  return createGate({
    mode: auth,
    jwt,
    tokens: store,
    ticketKey: store.readTicketKey(),
    clock: Date.now,
    flagdOrganisations: {
      evaluated: (context, headerOf) => evaluatedOrganisation(context, headerOf, orgFrom),
      synced: syncedOrganisation,
    },
    changeOf: async (revision) => flags.getChange(revision),
    certificateNameOf: (context) => peerOf(context).certificateName,
    perIdentity: limiterOf(rateLimits?.perIdentity, "this identity"),
    logger,
  });
}

function stateOf({ store, flags, health, server }: Running, { limits }: AppConfig): ServiceState {
  const { revision, residentOrganisations, mapReads, watchers } = flags;
  const writes = { waiting: store.waitingWrites, maxWaiting: limits?.maxWaitingWrites ?? defaultMaxWaitingWrites };
  const isReady = health.isServing && store.isWritable;
  return {
    revision,
    residentOrganisations,
    mapReads,
    watchers,
    writes,
    isReady,
    certificateEnd: server.certificateEnd,
  };
}

function procedureTable(
  { orgFrom, corsOrigins, host }: AppConfig,
  flags: Flags,
  health: HealthState,
  gate: Gate | undefined,
  logger: Logger,
  perAddress: RateLimiter | undefined,
  observe: readonly Guard[],
): readonly Procedure[] {
  const open = [errorGuard(logger)];
  const access = gate === undefined ? [] : [gate.guard];
  // Before anybody is known, nothing is told of the database: what is too much is refused outside of that.
  const rates = perAddress === undefined ? [] : [...open, addressRateGuard(perAddress)];
  const guards = [...observe, ...rates, ...open, ...access];
  const labelled = errorGuard(logger, (error) => labelRevision(flags, error));
  const flagd = [...observe, ...rates, labelled, ...access, revisionGuard(flags)];
  const ownGuards = [...flagd, originGuard({ origins: corsOrigins, isLoopback: isLoopback(host) })];
  const reflection = createReflection(services, [file_google_rpc_error_details]);
  return [
    ...procedures(OrgFeatureFlagService, new OrgFeatureFlagServiceImpl(flags), ownGuards),
    ...procedures(FeatureService, new FeatureServiceImpl(flags), ownGuards),
    ...procedures(ChangeService, new ChangeServiceImpl(flags), ownGuards),
    ...connectProcedures(FlagdV1, flagdEvaluationV1(flags, orgFrom), flagd),
    ...connectProcedures(FlagdV2, flagdEvaluationV2(flags, orgFrom), flagd),
    ...connectProcedures(FlagSyncService, flagdSync(flags, orgFrom), flagd),
    ...connectProcedures(Health, health.implementation, [...observe, ...open]),
    ...connectProcedures(ServerReflection, reflection.v1, guards),
    ...connectProcedures(ServerReflectionV1alpha, reflection.v1alpha, guards),
  ];
}

interface Parts {
  readonly flags: Flags;
  readonly observability: Observability;
  readonly metrics: MetricsText;
  readonly isReady: () => boolean;
  readonly perAddress: RateLimiter | undefined;
  readonly gate: Gate | undefined;
}

function serverOf(
  { host, port, auth, corsOrigins, orgFrom, tls, limits: asked, trustedProxies, allowedHosts, adminAddress }: AppConfig,
  logger: Logger,
  { flags, observability, metrics, isReady, perAddress, gate }: Parts,
  table: readonly Procedure[],
): Server {
  const shutdown = new AbortController();
  const burst = new Burst((serve) => flags.lookOnce(serve));
  const limits: Limits = { ...defaultLimits, ...asked };
  const { maxBodyBytes, maxJsonDepth, stalledStreamMs } = limits;
  const admit = perAddress && ((request: Connected) => perAddress.count(addressKey(peerOfRequest(request).address)));
  const transcoder = createTranscoder({
    methods: table,
    maxBodyBytes,
    maxJsonDepth,
    stalledStreamMs,
    shutdownSignal: shutdown.signal,
    onRefusal: (request) => {
      asRefusals(() => admit?.(request));
      // Nor is it to those who have not said who they are.
      return auth === "required" ? undefined : { "orgflags-revision": String(flags.revision) };
    },
    onUnexpectedError: (err, { requestId }) => logger.error({ err, requestId }, "unexpected error"),
  });
  const ofrep = createOfrep({
    flags,
    orgFrom,
    visitors: gate && {
      areAllKnown: auth === "required",
      of: (request, ticket) => gate.visitors.of({ ...credentialsOf(request), ticket }),
    },
    maxBodyBytes,
    stalledStreamMs,
    shutdownSignal: shutdown.signal,
    burst,
    logger,
    admit,
    observer: observability.ofrep,
  });
  return createServer({
    procedures: table,
    otherLanes: [ofrep],
    transcoder,
    apiDocument: readFileSync(new URL("../gen/openapi.json", import.meta.url), "utf8"),
    metrics: adminAddress === undefined ? metrics : undefined,
    host,
    port,
    corsOrigins,
    logger,
    limits,
    tls,
    trustedProxies,
    allowedHosts,
    admit,
    admitToPages: gate && ((request) => gate.admitToPages(credentialsOf(request))),
    admitToMetrics: gate && ((request) => gate.admitToMetrics(credentialsOf(request))),
    shutdown,
    burst,
    isReady,
  });
}

/** What a request that is no call shows of who makes it. */
function credentialsOf(request: HttpRequest): Credentials {
  return { authorization: request.headers.authorization, certificateName: peerOfRequest(request).certificateName };
}

/** Does something whose refusals are to be told by whoever knows no errors of the domain. */
function asRefusals(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}
