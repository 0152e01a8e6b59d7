import { createServer } from "node:http";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { openPage, type StartedBrowser, startBrowser } from "../openapi/browser.ts";
import { restCall } from "../rest-call.ts";
import { bearer, only, tokenFor } from "../token-for.ts";
import { patchFeature, resetFlag, setFlag } from "./requests.ts";
import type { WebPage, WebStart } from "./web-page.ts";

const key = "sms_reminders";
const changed = "PROVIDER_CONFIGURATION_CHANGED";
const acme = { targetingKey: "acme" };
const globex = { targetingKey: "globex" };

let started: StartedBrowser;
let script: string;
beforeAll(async () => {
  const bundle = await rolldown({ input: join(import.meta.dirname, "web-page.ts"), platform: "browser" });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  script = output[0].code;
  started = await startBrowser();
}, 60_000);
afterAll(() => started?.stop());

/** A page of another origin than the service, so that its requests are those of any web app. */
async function webAppUrl(): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/app.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/app.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/` : expect.fail("no port");
}

/** Calls what the page has of that name. */
type Call = <M extends keyof WebPage>(
  method: M,
  ...args: Parameters<WebPage[M]>
) => Promise<Awaited<ReturnType<WebPage[M]>>>;

interface WebClient {
  readonly call: Call;
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
  /** Resolves when the client has been told of a change that `write` makes, and says what it has then. */
  valueAfter(write: () => Promise<void>): Promise<boolean>;
}

async function start(app: AppUnderTest, how: Omit<WebStart, "url">): Promise<WebClient> {
  const { page, complaints, requests } = await openPage(started.browser, await webAppUrl(), {});
  const call: Call = (method, ...args) => {
    return page.evaluate(`openFeatureUnderTest.${method}(...${JSON.stringify(args)})`);
  };
  await call("start", { ...how, url: app.url });
  const valueAfter = async (write: () => Promise<void>) => {
    const before = await call("count", changed);
    await write();
    await call("moreThan", changed, before);
    return call("value", key);
  };
  return { call, page, complaints, requests, valueAfter };
}

const timeout = 60_000;

describe.for(["ofrep-web-provider", "flagd-web-provider"] as const)("%s in a browser", (kind) => {
  test("has values, and sees live changes without a request of its user", { timeout }, async () => {
    const app = await startApp();
    await setFlag(app, "acme", key, true);
    const { call, valueAfter, complaints } = await start(app, { kind, context: acme });
    const details = await call("details", key);
    expect(details).toMatchObject({ value: true, variant: "on", reason: "TARGETING_MATCH" });
    if (kind === "ofrep-web-provider") {
      expect(details).toHaveProperty("flagMetadata", { orgId: "acme", source: "override", revision: 5 });
    }
    expect(await valueAfter(() => setFlag(app, "acme", key, false))).toBe(false);
    expect(await valueAfter(() => setFlag(app, "acme", key, true))).toBe(true);
    expect(await valueAfter(() => resetFlag(app, "acme", key))).toBe(false);
    expect(await valueAfter(() => patchFeature(app, key, { default_enabled: true }))).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("never has the value of another organisation, as its user goes from one to the other", { timeout }, async () => {
    const app = await startApp();
    await setFlag(app, "acme", key, true);
    const { call, valueAfter, complaints } = await start(app, { kind, context: acme });
    for (let turn = 0; turn < 5; turn++) {
      expect(await call("change", globex, key)).toBe(false);
      expect(await call("change", acme, key)).toBe(true);
    }
    await call("change", globex, key);
    expect(await valueAfter(() => setFlag(app, "globex", key, true))).toBe(true);
    await setFlag(app, "acme", key, false);
    expect(await call("change", acme, key)).toBe(false);
    expect(complaints).toEqual([]);
  });

  test("goes on through a restart of the server, with what was changed meanwhile", { timeout }, async () => {
    const app = await startApp();
    const { call, page, valueAfter } = await start(app, { kind, context: acme });
    expect(await valueAfter(() => setFlag(app, "acme", key, true))).toBe(true);
    await app.app.close();
    // At another port, where the page is not.
    const elsewhere = await startApp({ databaseFile: app.databaseFile });
    await setFlag(elsewhere, "acme", key, false);
    await elsewhere.app.close();
    const isBack = page.waitForResponse((response) => /ResolveAll$|evaluate\/flags/.test(response.url()));
    const again = await startApp({ port: Number(new URL(app.url).port), databaseFile: app.databaseFile });
    await isBack;
    // Of what it learns when it is back flagd-web-provider tells nobody: this is told of, and comes after that.
    await setFlag(again, "acme", "encrypted_storage", true);
    await call("becomes", "encrypted_storage", true);
    expect(await call("value", key)).toBe(false);
    expect(await valueAfter(() => setFlag(again, "acme", key, true))).toBe(true);
  });
});

test("ofrep-web-provider, the organisation in an attribute: never the value of another", { timeout }, async () => {
  const app = await startApp({ orgFrom: "org-id" });
  await setFlag(app, "acme", key, true);
  const context = (org_id: string) => ({ targetingKey: "somebody", org_id });
  const how = { kind: "ofrep-web-provider", context: context("acme"), isKeptByOrgId: true } as const;
  const { call, valueAfter } = await start(app, how);
  expect(await call("value", key)).toBe(true);
  for (let turn = 0; turn < 5; turn++) {
    expect(await call("change", context("globex"), key)).toBe(false);
    expect(await call("change", context("acme"), key)).toBe(true);
  }
  await call("change", context("globex"), key);
  expect(await valueAfter(() => setFlag(app, "globex", key, true))).toBe(true);
});

test("ofrep-web-provider asks for one stream of events, of its organisation", { timeout }, async () => {
  const app = await startApp();
  const { valueAfter, requests } = await start(app, { kind: "ofrep-web-provider", context: acme });
  await valueAfter(() => setFlag(app, "acme", key, true));
  const paths = requests.filter((url) => url.startsWith(app.url)).map((url) => url.slice(app.url.length));
  expect(paths).toEqual([
    "/ofrep/v1/evaluate/flags",
    "/ofrep/v1/events/acme?after=4",
    "/ofrep/v1/evaluate/flags?flagConfigEtag=5",
  ]);
});

test("ofrep-web-provider with a token sees live changes by the ticket in the URL of its events", {
  timeout,
}, async () => {
  const app = await startApp({ auth: "required" });
  const token = tokenFor(app, "viewer", { scope: only("orgIds", "acme") });
  const admin = bearer(tokenFor(app, "admin"));
  const set = async (enabled: boolean) => {
    await restCall(app, "PUT /api/v1/org-feature-flags/acme", { feature_key: key, enabled }, admin);
  };
  const { valueAfter, requests, complaints } = await start(app, { kind: "ofrep-web-provider", context: acme, token });
  expect(await valueAfter(() => set(true))).toBe(true);
  expect(await valueAfter(() => set(false))).toBe(false);
  expect(requests.filter((url) => url.includes("/events/")).map((url) => url.split("&ticket=")[0])).toEqual([
    `${app.url}/ofrep/v1/events/acme?after=4`,
  ]);
  expect(complaints).toEqual([]);
});
