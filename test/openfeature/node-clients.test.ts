import { FlagdProvider } from "@openfeature/flagd-provider";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { type Client, ErrorCode, OpenFeature, type Provider, ProviderEvents } from "@openfeature/server-sdk";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { ClientEvents } from "./client-events.ts";
import { patchFeature, resetFlag, setFlag } from "./requests.ts";

const key = "sms_reminders";
const organisations = ["acme", "globex", "initech"] as const;

/** A real client, and what it was told. */
interface ClientUnderTest {
  readonly client: Client;
  readonly events: ClientEvents;
  /** Resolves when it has been told of a change that `write` makes. */
  whenChanged(write: () => Promise<void>): Promise<void>;
}

const kinds = {
  "ofrep-provider": ({ url }: AppUnderTest): Provider => new OFREPProvider({ baseUrl: url }),
  "flagd-provider, rpc": (app: AppUnderTest): Provider => new FlagdProvider(flagdOptions(app, "rpc")),
  "flagd-provider, in-process": (app: AppUnderTest): Provider => new FlagdProvider(flagdOptions(app, "in-process")),
};

function flagdOptions({ url }: AppUnderTest, resolverType: "rpc" | "in-process") {
  const { hostname: host, port } = new URL(url);
  // Caching is on, as it is where nothing is said; a lost server is looked for often.
  return { host, port: Number(port), resolverType, cache: "lru", retryBackoffMs: 50, retryBackoffMaxMs: 200 } as const;
}

/** Whether a client keeps values that it has to be told of; the others ask for each. */
function isTold(kind: string): boolean {
  return kind !== "ofrep-provider";
}

async function start(kind: string, provider: Provider): Promise<ClientUnderTest> {
  const domain = `${kind} ${Math.random()}`;
  const client = OpenFeature.getClient(domain);
  const events = new ClientEvents();
  for (const type of [ProviderEvents.ConfigurationChanged, ProviderEvents.Ready, ProviderEvents.Stale]) {
    client.addHandler(type, () => events.add(type));
  }
  onTestFinished(() => OpenFeature.close());
  await OpenFeature.setProviderAndWait(domain, provider);
  const whenChanged = async (write: () => Promise<void>) => {
    const before = events.count(ProviderEvents.ConfigurationChanged);
    await write();
    await (isTold(kind) ? events.moreThan(ProviderEvents.ConfigurationChanged, before) : undefined);
  };
  return { client, events, whenChanged };
}

describe.for(Object.entries(kinds))("%s", ([kind, make]) => {
  test("has values, variants, reasons and metadata", async () => {
    const app = await startApp();
    await setFlag(app, "acme", key, true);
    const { client } = await start(kind, make(app));
    const isInProcess = kind === "flagd-provider, in-process";
    const own = await client.getBooleanDetails(key, false, { targetingKey: "acme" });
    expect(own).toMatchObject({ value: true, variant: "on", reason: "TARGETING_MATCH" });
    const origin = { orgId: "acme", source: "override", revision: 5 };
    expect(own.flagMetadata).toEqual(isInProcess ? { flagSetId: "all", revision: 5 } : origin);
    const common = await client.getBooleanDetails(key, true, { org_id: "globex" });
    const reason = kind === "ofrep-provider" ? "UNKNOWN" : "DEFAULT";
    expect(common).toMatchObject({ value: false, variant: "off", reason });
  });

  test("says what is wrong in the words of OpenFeature", async () => {
    const app = await startApp();
    const { client } = await start(kind, make(app));
    const context = { targetingKey: "acme" };
    const missing = await client.getBooleanDetails("nothing", true, context);
    expect(missing).toMatchObject({ value: true, errorCode: ErrorCode.FLAG_NOT_FOUND });
    const mismatch = await client.getStringDetails(key, "mine", context);
    expect(mismatch).toMatchObject({ value: "mine", errorCode: ErrorCode.TYPE_MISMATCH });
  });

  test("sees live changes, of overrides and of features", async () => {
    const app = await startApp();
    const { client, whenChanged } = await start(kind, make(app));
    const value = () => client.getBooleanValue(key, false, { targetingKey: "acme" });
    expect(await value()).toBe(false);
    await whenChanged(() => setFlag(app, "acme", key, true));
    expect(await value()).toBe(true);
    await whenChanged(() => setFlag(app, "acme", key, false));
    expect(await value()).toBe(false);
    await whenChanged(() => patchFeature(app, key, { default_enabled: true }));
    expect(await value()).toBe(false);
    await whenChanged(() => resetFlag(app, "acme", key));
    expect(await value()).toBe(true);
    await whenChanged(() => patchFeature(app, key, { archived: true }));
    const archived = await client.getBooleanDetails(key, false, { targetingKey: "acme" });
    expect(archived.errorCode).toBe(ErrorCode.FLAG_NOT_FOUND);
  });

  test("never gives one organisation the value of another, while both change", async () => {
    const app = await startApp();
    const { client, whenChanged } = await start(kind, make(app));
    const expected = new Map<string, boolean>(organisations.map((orgId) => [orgId, false]));
    for (let turn = 0; turn < 12; turn++) {
      const orgId = organisations[turn % 2] ?? "acme";
      const enabled = turn % 4 < 2;
      if (expected.get(orgId) !== enabled) {
        await whenChanged(() => setFlag(app, orgId, key, enabled));
        expected.set(orgId, enabled);
      }
      // In hands that change, many times and at one time.
      const asked = [...organisations, ...organisations, ...organisations];
      const values = await Promise.all(
        asked.map((targetingKey) => client.getBooleanValue(key, false, { targetingKey })),
      );
      expect(values).toEqual(asked.map((each) => expected.get(each)));
    }
  });

  test("goes on through a restart of the server, with what was changed", async () => {
    const app = await startApp();
    await setFlag(app, "acme", key, true);
    const { client, events, whenChanged } = await start(kind, make(app));
    const value = (targetingKey: string) => client.getBooleanValue(key, false, { targetingKey });
    expect(await value("acme")).toBe(true);
    const stale = events.count(ProviderEvents.Stale);
    const ready = events.count(ProviderEvents.Ready);
    await app.app.close();
    await (isTold(kind) ? events.moreThan(ProviderEvents.Stale, stale) : undefined);
    const again = await startApp({ port: Number(new URL(app.url).port), databaseFile: app.databaseFile });
    await (isTold(kind) ? events.moreThan(ProviderEvents.Ready, ready) : undefined);
    expect([await value("acme"), await value("globex")]).toEqual([true, false]);
    await whenChanged(() => setFlag(again, "acme", key, false));
    await whenChanged(() => setFlag(again, "globex", key, true));
    expect([await value("acme"), await value("globex")]).toEqual([false, true]);
  });
});

test("flagd-provider in-process, by selectors: each client has its own organisation's values", async () => {
  const app = await startApp();
  await setFlag(app, "acme", key, true);
  const own = (orgId: string) => {
    const options = { ...flagdOptions(app, "in-process"), selector: `flagSetId=${orgId}` };
    return start("flagd-provider, in-process", new FlagdProvider(options));
  };
  const [acme, globex] = [await own("acme"), await own("globex")];
  const details = ({ client }: ClientUnderTest) => client.getBooleanDetails(key, false);
  expect(await details(acme)).toMatchObject({
    value: true,
    reason: "TARGETING_MATCH",
    flagMetadata: { orgId: "acme", source: "override", revision: 5 },
  });
  expect(await details(globex)).toMatchObject({
    value: false,
    reason: "DEFAULT",
    flagMetadata: { orgId: "globex", source: "default", revision: 4 },
  });
  await globex.whenChanged(() => setFlag(app, "globex", key, true));
  await acme.whenChanged(() => setFlag(app, "acme", key, false));
  expect([(await details(acme)).value, (await details(globex)).value]).toEqual([false, true]);
});

test("ofrep-provider and flagd-provider find the organisation in the attribute where that is set", async () => {
  const app = await startApp({ orgFrom: "org-id" });
  await setFlag(app, "acme", key, true);
  for (const [kind, make] of Object.entries(kinds)) {
    const { client } = await start(kind, make(app));
    const value = (org_id: string) => client.getBooleanValue(key, false, { targetingKey: "somebody", org_id });
    expect([kind, await value("acme"), await value("globex")]).toEqual([kind, true, false]);
  }
});
