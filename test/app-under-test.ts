import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type App, createApp } from "../src/app.ts";
import type { AppConfig } from "../src/assembly/app-config.ts";
import { observeAnswers } from "./openapi/answer-observer.ts";
import { faultsOf } from "./openapi/response-check.ts";
import { isOfrep, ofrepFaultsOf } from "./openfeature/ofrep-schema.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** An app in this process, and what it logged. */
export interface AppUnderTest {
  readonly app: App;
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** The same of the server for operators, where there is one. */
  readonly adminUrl: string | undefined;
  readonly databaseFile: string;
  /** The messages and fields of the log, errors and warnings alone. */
  readonly complaints: readonly object[];
}

/**
 * Starts an app on a free port and a new database; it is closed when the test is over. A test whose app gave a REST
 * answer that is not as the OpenAPI document says, or one of OFREP that is not as its schema says, fails.
 */
export async function startApp(config: Partial<AppConfig> = {}): Promise<AppUnderTest> {
  const databaseFile = config.databaseFile ?? join(temporaryFolder(), "orgflags.db");
  const complaints: object[] = [];
  const complain = (fields: object, message: string) => complaints.push({ ...fields, message });
  const logger = { debug() {}, info() {}, warn: complain, error: complain };
  const defaults = { port: 0, host: "127.0.0.1", catalogue: "open", maxResidentOrganisations: 1000 } as const;
  const all = { maxAgeMs: undefined, maxChanges: undefined };
  const lists = {
    corsOrigins: ["*"],
    demo: false,
    historyRetention: all,
    orgFrom: "targeting-key",
    auth: "public",
  } as const;
  const observability = {
    adminAddress: undefined,
    accessLog: { errorsAndWrites: false, oneReadIn: 0 },
    otlpEndpoint: undefined,
    traceSample: 1,
  };
  const app = createApp({ ...defaults, ...lists, ...observability, ...config, databaseFile }, logger);
  const { url, adminUrl } = await app.start();
  const faults: string[] = [];
  const port = Number(new URL(url).port);
  const unobserve = observeAnswers((answer) => faults.push(...faultsOf(answer)), port);
  const unobserveOfrep = observeAnswers((answer) => faults.push(...ofrepFaultsOf(answer)), port, isOfrep);
  onTestFinished(async () => {
    await app.close();
    unobserve();
    unobserveOfrep();
    expect(faults).toEqual([]);
  });
  return { app, url, adminUrl, databaseFile, complaints };
}
