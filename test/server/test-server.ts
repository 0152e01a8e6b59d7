import { onTestFinished } from "vitest";
import { ServerReflection as ReflectionV1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ReflectionV1alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { errorGuard } from "../../src/rpc/errors.ts";
import { createHealth, type HealthState } from "../../src/rpc/health.ts";
import type { Logger } from "../../src/rpc/logger.ts";
import { connectProcedures, procedures, type Service } from "../../src/rpc/procedure.ts";
import { createReflection } from "../../src/rpc/reflection.ts";
import type { Request, Response } from "../../src/server/exchange.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server/server.ts";
import { writeHead } from "../../src/server/status-answer.ts";
import type { AddedHeaders } from "../../src/transcoding/transcoder.ts";

/** What was logged, as `level: message`, with the fields beside it. */
export interface LogEntry {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: object;
}

/** A started server with what a test wants to look at. */
export interface TestServer {
  readonly server: Server;
  readonly health: HealthState;
  readonly log: readonly LogEntry[];
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Whom a client has to trust, where the server speaks TLS. */
  readonly ca?: string;
}

/** What a test starts a server with, besides what every one has. */
export type TestServerOptions = Partial<ServerOptions> & { readonly service?: Service<typeof FeatureService> };

/** A catalogue that answers with what it was asked, and fails where its keys say so. */
export const echo: Service<typeof FeatureService> = {
  listFeatures: () => ({ features: [{ featureKey: "sms_reminders" }] }),
  getFeature: ({ featureKey }) => ({ feature: { featureKey } }),
  createFeature: ({ featureKey }, { actor, reason }) => ({
    feature: { featureKey, description: `${actor}|${reason}` },
  }),
  updateFeature: () => {
    throw new Error("the disk is on fire");
  },
  deleteFeature: async ({ featureKey }) => ({ featureKey }),
  listFeatureOrgs: () => ({}),
};

/** A server on a free port, with the catalogue above, health and reflection; it is gone when the test is. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const log: LogEntry[] = [];
  const guards = [errorGuard(loggerTo(log))];
  const descs = [FeatureService, Health, ReflectionV1, ReflectionV1alpha];
  const health = createHealth(descs.map(({ typeName }) => typeName));
  const reflection = createReflection(descs);
  const server = createServer({
    procedures: [
      ...procedures(FeatureService, options.service ?? echo, guards),
      ...connectProcedures(Health, health.implementation, guards),
      ...connectProcedures(ReflectionV1, reflection.v1, guards),
      ...connectProcedures(ReflectionV1alpha, reflection.v1alpha, guards),
    ],
    transcoder: { handle: echoTarget },
    host: "127.0.0.1",
    port: 0,
    corsOrigins: ["*"],
    logger: loggerTo(log),
    isReady: () => true,
    ...options,
  });
  const address = await server.listen();
  health.setServing(true);
  onTestFinished(async () => {
    await server.drain(0);
  });
  return { server, health, log, ...address };
}

function echoTarget(request: Request, response: Response, added?: AddedHeaders): void {
  const body = `REST ${request.method} ${request.url}`;
  writeHead(response, 200, { ...added, "content-length": String(Buffer.byteLength(body)) });
  response.end(body);
}

function loggerTo(log: LogEntry[]): Logger {
  const write = (level: keyof Logger) => (fields: object, message: string) => void log.push({ level, message, fields });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
