import { readFileSync } from "node:fs";
import { Health } from "../../gen/health/v1/health_pb.ts";
import type { Gate } from "../auth/gate.ts";
import type { Flags } from "../flags/flags.ts";
import type { Observability } from "../observability/observability.ts";
import { createOfrep } from "../openfeature/ofrep/ofrep.ts";
import { addressKey } from "../rpc/address-key.ts";
import { refusalOf } from "../rpc/errors.ts";
import type { Logger } from "../rpc/logger.ts";
import { type Connected, peerOfRequest } from "../rpc/peer.ts";
import { type Procedure, procedurePath } from "../rpc/procedure.ts";
import type { RateLimiter } from "../rpc/rate-limiter.ts";
import { Burst } from "../server/burst.ts";
import { defaultLimits, type Limits } from "../server/limits.ts";
import type { MetricsText } from "../server/metrics-page.ts";
import { createServer, type Server } from "../server/server.ts";
import { createTranscoder } from "../transcoding/transcoder.ts";
import type { AppConfig } from "./app-config.ts";
import { credentialsOf } from "./gate.ts";

/** What a server is made of besides procedures. */
export interface ServerParts {
  readonly flags: Flags;
  readonly observability: Observability;
  readonly metrics: MetricsText;
  readonly isReady: () => boolean;
  readonly perAddress: RateLimiter | undefined;
  readonly gate: Gate | undefined;
  readonly logger: Logger;
}

/** What asks whether the service is well is no request of anybody's. */
const uncounted: ReadonlySet<string> = new Set(Health.methods.map(procedurePath));

/** Makes the server with all its lanes. */
export function serverOf(
  { host, port, auth, corsOrigins, orgFrom, tls, limits: asked, trustedProxies, allowedHosts, adminAddress }: AppConfig,
  { flags, observability, metrics, isReady, perAddress, gate, logger }: ServerParts,
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
    onRefusal: (request, code) => {
      observability.requests.addRefusal("rest", code);
      asRefusals(() => admit?.(request));
      // Whoever has not said who they are is told nothing of the database.
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
    apiDocument: readFileSync(new URL("../../gen/openapi.json", import.meta.url), "utf8"),
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
    admitCall: admit && ((request, path) => uncounted.has(path) || admit(request)),
    admitToPages: gate && ((request) => gate.admitToPages(credentialsOf(request))),
    admitToMetrics: gate && ((request) => gate.admitToMetrics(credentialsOf(request))),
    onPage: observability.requests.addPage,
    onRefusal: observability.requests.addRefusal,
    shutdown,
    burst,
    isReady,
  });
}

/** Does something whose refusals are to be told by whoever knows no errors of the domain. */
function asRefusals(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}
