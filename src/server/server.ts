import type { Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "../rpc/logger.ts";
import { type Procedure, procedurePath } from "../rpc/procedure.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import { addressOf, type ServerAddress } from "./address.ts";
import { type Admit, admitted } from "./admitted.ts";
import { createApiPages } from "./api-pages.ts";
import { secureHeaders } from "./browser-headers.ts";
import { Burst } from "./burst.ts";
import type { AdmitCall } from "./call-admission.ts";
import { createConnectLane } from "./connect-lane.ts";
import { createCors } from "./cors.ts";
import { createDispatcher } from "./dispatch.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { createHostCheck } from "./host.ts";
import { createHttp1 } from "./http1.ts";
import { createHttp2 } from "./http2.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createMetricsPage, type MetricsText } from "./metrics-page.ts";
import { networksOf } from "./networks.ts";
import { createPathLane } from "./path-lane.ts";
import { createPort, type Port } from "./port.ts";
import { createProbes } from "./probes.ts";
import { createTls } from "./tls.ts";
import type { TlsOptions } from "./tls-files.ts";
import { type OnPage, toldPages } from "./told-pages.ts";
import { createUnaryLane } from "./unary-lane.ts";
import { createUnimplementedLane } from "./unimplemented-lane.ts";

/** What a server serves, where, and for whom. */
export interface ServerOptions {
  readonly procedures: readonly Procedure[];
  /** Serves every path that is no procedure and no probe; without it they are 404. */
  readonly transcoder?: { handle(request: Request, response: Response, added?: AddedHeaders): void };
  /** Serves other protocols than those of procedures, each under paths of its own. */
  readonly otherLanes?: readonly Lane[];
  /** An OpenAPI document in JSON, served at `/openapi.json` and shown at `/docs`. */
  readonly apiDocument?: string;
  /** Told of what is answered for pages and probes. */
  readonly onPage?: OnPage | undefined;
  /** Told of calls that are refused before they come to a procedure, but for what connect-node refuses. */
  readonly onRefusal?: ((protocol: string, code: Code) => void) | undefined;
  /** Served at `/metrics`. */
  readonly metrics?: MetricsText | undefined;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The web origins that may call, or `["*"]`. */
  readonly corsOrigins: readonly string[];
  /** The host names that requests may be for, besides addresses and localhost; without it, or with `["*"]`, any. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly logger: Logger;
  readonly limits?: Partial<Limits> | undefined;
  /** With it the port speaks TLS and nothing else. */
  readonly tls?: TlsOptions | undefined;
  /** Addresses and networks (`10.0.0.0/8`) whose word is taken for the addresses of their clients. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Counts calls that come to no procedure, or by ways on which that is not known; what it throws is answered. */
  readonly admitCall?: AdmitCall | undefined;
  /** Looks at requests for pages; what it throws is answered. */
  readonly admit?: ((request: Request) => void) | undefined;
  /** Says who may see pages, behind `admit`. */
  readonly admitToPages?: Admit | undefined;
  /** Says who may see the metrics, likewise. */
  readonly admitToMetrics?: Admit | undefined;
  /** What whole requests are served in, for whoever shares it. */
  readonly burst?: Burst;
  /** Whether `/readyz` says so; while the server drains it never does. */
  readonly isReady: () => boolean;
  /** Aborted when draining begins, which ends streams. Share it with whatever else serves streams. */
  readonly shutdown?: AbortController;
}

/** A server that is made, but does not listen yet. */
export interface Server {
  /** Rejects with the platform's own error, such as EADDRINUSE. */
  listen(): Promise<ServerAddress>;
  /** Takes a connection that another process has accepted, unread. */
  adopt(socket: Socket): void;
  /**
   * Takes no new connections, lets what is under way finish and ends streams. Resolves when every connection is
   * closed, after `deadlineMs` by force: with true if that was not needed. Called again, the earlier deadline counts.
   */
  drain(deadlineMs: number): Promise<boolean>;
  /** Takes in what the files of TLS hold now, without waiting until it is noticed that they changed. */
  reload(): void;
  /** When the certificate in use ends, in milliseconds since 1970; undefined without TLS. */
  readonly certificateEnd: number | undefined;
}

/** Makes the server: one port, both versions of HTTP, every lane. Throws TlsFileError. */
export function createServer(options: ServerOptions): Server {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const shutdown = options.shutdown ?? new AbortController();
  const { procedures, burst = new Burst((serve) => serve()), logger } = options;
  const { maxBodyBytes } = limits;
  const cors = createCors(options.corsOrigins, options.tls === undefined ? {} : secureHeaders);
  const isAllowedHost = createHostCheck(options.allowedHosts ?? ["*"]);
  const unary = createUnaryLane({
    procedures,
    maxBodyBytes,
    shutdownSignal: shutdown.signal,
    cors,
    isAllowedHost,
    burst,
    logger,
    admitCall: options.admitCall,
    onRefusal: options.onRefusal,
  });
  const lanes = createLanes(options, limits, shutdown.signal, unary.http1);
  const dispatch = createDispatcher(lanes, { cors, isAllowedHost, burst, logger });
  const openEnded = new Set(options.procedures.filter(hasRequestStream).map(({ method }) => procedurePath(method)));
  const http1 = createHttp1(dispatch, limits, burst);
  const http2 = createHttp2(dispatch, limits, (path) => openEnded.has(path), unary.http2);
  const { trustedProxies = [] } = options;
  const isTrustedProxy = trustedProxies.length === 0 ? undefined : networksOf(trustedProxies);
  const tls = options.tls && createTls(options.tls, limits, logger);
  const port = createPort({ http1, http2 }, limits, logger, { tls, isTrustedProxy });
  let drained: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    shutdown.abort(new ConnectError("the server is shutting down", Code.Unavailable));
    const closed = port.drain();
    http1.drain();
    http2.drain();
    await closed;
    http1.close();
    http2.close();
    tls?.close();
  };

  return {
    listen: async () => addressOf(await port.listen(options.host, options.port), tls !== undefined),
    adopt: (socket) => port.adopt(socket),
    async drain(deadlineMs) {
      drained ??= drain();
      return inTime(drained, deadlineMs, port);
    },
    reload: () => tls?.reload(),
    get certificateEnd() {
      return tls?.certificateEnd;
    },
  };
}

function createLanes(
  {
    procedures,
    transcoder,
    otherLanes = [],
    apiDocument,
    metrics,
    logger,
    isReady,
    admit,
    admitCall,
    admitToPages,
    admitToMetrics,
    onPage,
    onRefusal,
  }: ServerOptions,
  { maxBodyBytes, stalledStreamMs }: Limits,
  shutdownSignal: AbortSignal,
  unary: Lane,
): readonly Lane[] {
  const told = { procedures, admitCall, onRefusal };
  const connect = createConnectLane({ ...told, maxBodyBytes, stalledStreamMs, shutdownSignal, logger });
  const rpc: Lane = (...request) => unary(...request) || connect(...request);
  const pages = new Map([
    ...createProbes(() => isReady() && !shutdownSignal.aborted),
    ...(apiDocument === undefined ? [] : admitted(admitted(createApiPages(apiDocument), admitToPages), admit)),
    ...(metrics === undefined ? [] : admitted(admitted(createMetricsPage(metrics), admitToMetrics), admit)),
  ]);
  const paths = createPathLane(
    new Map([...toldPages(pages, onPage), ...procedures.map(({ method }) => [procedurePath(method), rpc] as const)]),
  );
  const lanes = [paths, ...otherLanes, createUnimplementedLane(told)];
  return transcoder === undefined ? lanes : [...lanes, restLane(transcoder)];
}

function restLane(transcoder: NonNullable<ServerOptions["transcoder"]>): Lane {
  return (request, response, _path, added) => {
    transcoder.handle(request, response, added);
    return true;
  };
}

function hasRequestStream({ kind }: Procedure): boolean {
  return kind === "client_streaming" || kind === "bidi_streaming";
}

async function inTime(drained: Promise<void>, deadlineMs: number, port: Port): Promise<boolean> {
  let isInTime = true;
  const deadline = setTimeout(() => {
    isInTime = false;
    port.destroyConnections();
  }, deadlineMs);
  await drained;
  clearTimeout(deadline);
  return isInTime;
}
