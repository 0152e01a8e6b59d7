import { join } from "node:path";
import { expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { startApp } from "../app-under-test.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const logger = { debug() {}, info() {}, warn() {}, error() {} };

function appOn(databaseFile: string) {
  const limits = { catalogue: "open", maxResidentOrganisations: 10 } as const;
  const historyRetention = { maxAgeMs: undefined, maxChanges: undefined };
  const place = { port: 0, host: "127.0.0.1", corsOrigins: ["*"], databaseFile };
  return createApp(
    {
      ...place,
      demo: false,
      orgFrom: "targeting-key",
      auth: "public",
      adminAddress: undefined,
      accessLog: { errorsAndWrites: false, oneReadIn: 0 },
      otlpEndpoint: undefined,
      traceSample: 1,
      historyRetention,
      ...limits,
    },
    logger,
  );
}

test("an app that is closed while it starts is closed when it has started", async () => {
  const app = appOn(join(temporaryFolder(), "orgflags.db"));
  const starting = app.start();
  await app.close();
  const { url } = await starting;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test("an app is started once", async () => {
  const { app, url } = await startApp();
  await expect(app.start()).rejects.toThrow("an app is started once");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("an app that could not start is closed all the same", async () => {
  const app = appOn(temporaryFolder());
  await expect(app.start()).rejects.toMatchObject({ fault: "unwritable" });
  await app.close();
});
