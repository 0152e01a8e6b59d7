import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Code } from "@connectrpc/connect";
import { addressOf, type ServerAddress } from "./address.ts";
import { AddressError } from "./address-error.ts";
import { createMetricsPage, type MetricsText } from "./metrics-page.ts";
import { createPathLane } from "./path-lane.ts";
import { createProbes, type Readiness } from "./probes.ts";
import { answerStatus } from "./status-answer.ts";

/** An address that is for operators. */
export interface AdminAddress {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

/** What is served to operators. */
export interface AdminServerOptions {
  readonly metrics: MetricsText;
  readonly isReady: Readiness;
}

/** A server for operators: `/metrics`, `/healthz` and `/readyz`, by HTTP/1.1. */
export interface AdminServer {
  /** Rejects with AddressError. */
  listen(address: AdminAddress): Promise<ServerAddress>;
  /** Ends it with all of its connections. Safe to call where it does not listen. */
  close(): void;
}

const maxConnections = 100;
const requestTimeoutMs = 10_000;
const maxHeaderBytes = 8 * 1024;

/** Makes the server for operators. */
export function createAdminServer({ metrics, isReady }: AdminServerOptions): AdminServer {
  const lane = createPathLane(new Map([...createProbes(isReady), ...createMetricsPage(metrics)]));
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (!lane(request, response, path, undefined)) {
      answerStatus(response, 404, Code.NotFound, "here are /metrics, /healthz and /readyz");
    }
  };
  const timeouts = { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs };
  const server = createServer({ ...timeouts, maxHeaderSize: maxHeaderBytes }, serve);
  server.maxConnections = maxConnections;

  return {
    async listen({ host, port }) {
      try {
        server.listen({ host, port });
        await once(server, "listening");
      } catch (error) {
        throw new AddressError(host, port, error);
      }
      // One connection less is no reason to end.
      server.on("error", () => {});
      // A server that listens on a port has an address with a port.
      return addressOf(server.address() as AddressInfo);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
