import { errorGuard } from "../../../src/rpc/errors.ts";
import type { Guard } from "../../../src/rpc/guard.ts";
import type { Procedure } from "../../../src/rpc/procedure.ts";
import { Burst } from "../../../src/server/burst.ts";
import { createConnectLane } from "../../../src/server/connect-lane.ts";
import { createCors } from "../../../src/server/cors.ts";
import { createDispatcher } from "../../../src/server/dispatch.ts";
import type { Lane, Request } from "../../../src/server/exchange.ts";
import { createHttp1 } from "../../../src/server/http1.ts";
import { createHttp2 } from "../../../src/server/http2.ts";
import { defaultLimits } from "../../../src/server/limits.ts";
import { createPort } from "../../../src/server/port.ts";
import type { StreamLane } from "../../../src/server/unary/stream-lane.ts";
import { createUnaryLane } from "../../../src/server/unary-lane.ts";
import { createUnimplementedLane } from "../../../src/server/unimplemented-lane.ts";

export interface LanesOptions {
  /** Whether unary calls have their lane, or go by connect's as all others do. */
  readonly isLean: boolean;
  procedures(guards: readonly Guard[]): readonly Procedure[];
  readonly corsOrigins?: readonly string[];
  /** Whether errors are mapped before they come to the lanes; they are unless this is false. */
  readonly isGuarded?: boolean;
  /** Told when the test is over. */
  onOver(close: () => Promise<void>): void;
}

/** A server whose lanes a test can look into. */
export interface Lanes {
  readonly port: number;
  readonly url: string;
  /** The paths of the calls that the unary lane has taken. */
  readonly taken: readonly string[];
  /** The paths of the requests that it has handed on, each with whether it had read of them. */
  readonly handedOn: readonly { readonly path: string; readonly isRead: boolean }[];
  readonly log: readonly string[];
  readonly shutdown: AbortController;
}

/** Starts a server as `createServer` makes them, with the unary lane or without it. */
export async function startLanes(options: LanesOptions): Promise<Lanes> {
  const log: string[] = [];
  const taken: string[] = [];
  const handedOn: Lanes["handedOn"][number][] = [];
  const write = (_fields: object, message: string): void => void log.push(message);
  const logger = { debug() {}, info() {}, warn: write, error: write };
  const shutdown = new AbortController();
  const procedures = options.procedures(options.isGuarded === false ? [] : [errorGuard(logger)]);
  const { maxBodyBytes, stalledStreamMs } = defaultLimits;
  const cors = createCors(options.corsOrigins ?? ["*"]);
  const common = { procedures, maxBodyBytes, stalledStreamMs, shutdownSignal: shutdown.signal, logger };
  const burst = new Burst((serve) => serve());
  const unary = createUnaryLane({ ...common, cors, burst });
  const http1Lane: Lane = (request, response, path, added) => {
    const isTaken = options.isLean && unary.http1(request, response, path, added);
    if (isTaken) {
      taken.push(path);
    } else {
      handedOn.push({ path, isRead: isRead(request) });
    }
    return isTaken;
  };
  const http2Lane: StreamLane = (stream, headers, rawHeaders) => {
    const isTaken = options.isLean && unary.http2(stream, headers, rawHeaders);
    if (isTaken) {
      taken.push(headers[":path"] ?? "");
    }
    return isTaken;
  };
  const lanes = [http1Lane, createConnectLane(common), createUnimplementedLane({ procedures })];
  const dispatch = createDispatcher(lanes, { cors, burst, logger });
  const http1 = createHttp1(dispatch, defaultLimits, burst);
  const http2 = createHttp2(dispatch, defaultLimits, () => false, http2Lane);
  const port = createPort({ http1, http2 }, defaultLimits, logger);
  const address = await port.listen("127.0.0.1", 0);
  options.onOver(async () => {
    const closed = port.drain();
    http1.drain();
    http2.drain();
    port.destroyConnections();
    await closed;
    http1.close();
    http2.close();
  });
  return { port: address.port, url: `http://127.0.0.1:${address.port}`, taken, handedOn, log, shutdown };
}

function isRead(request: Request): boolean {
  const body = "stream" in request ? request.stream : request;
  return body.readableDidRead || body.readableFlowing !== null || body.listenerCount("data") > 0;
}
