// What runs in the browser, bundled: the real web providers, driven by the test through `openFeatureUnderTest`.
import { FlagdWebProvider } from "@openfeature/flagd-web-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { type EvaluationContext, OpenFeature, type Provider, ProviderEvents } from "@openfeature/web-sdk";
import { ClientEvents } from "./client-events.ts";

/** How a provider is reached, and what differs from its defaults. */
export interface WebStart {
  readonly kind: "ofrep-web-provider" | "flagd-web-provider";
  readonly url: string;
  readonly context: EvaluationContext;
  /** What the organisation is kept under in the page's storage, where it is no targeting key. */
  readonly isKeptByOrgId?: boolean;
  /** What OFREP's requests are allowed by. */
  readonly token?: string;
}

const client = OpenFeature.getClient();
const events = new ClientEvents();
for (const type of [ProviderEvents.ConfigurationChanged, ProviderEvents.Ready, ProviderEvents.Stale]) {
  client.addHandler(type, () => events.add(type));
}

function providerOf({ kind, url, isKeptByOrgId = false, token }: WebStart): Provider {
  const { hostname, port } = new URL(url);
  if (kind === "flagd-web-provider") {
    return new FlagdWebProvider({ host: hostname, port: Number(port), tls: false, maxDelay: 200 });
  }
  const cacheKeyGenerator = (input: { context: EvaluationContext }) => JSON.stringify([url, input.context]);
  // Its declaration has an optional member that may be undefined, too; that of providers has not.
  return new OFREPWebProvider({
    baseUrl: url,
    ...(isKeptByOrgId && { cacheKeyGenerator }),
    ...(token !== undefined && { headers: [["authorization", `Bearer ${token}`]] }),
  }) as Provider;
}

const page = {
  async start(how: WebStart): Promise<void> {
    await OpenFeature.setContext(how.context);
    await OpenFeature.setProviderAndWait(providerOf(how));
  },
  /** Another organisation comes into the hands of the same client; what it says then, at once. */
  async change(context: EvaluationContext, key: string): Promise<boolean> {
    await OpenFeature.setContext(context);
    return client.getBooleanValue(key, false);
  },
  value: (key: string): boolean => client.getBooleanValue(key, false),
  /** Resolves when the client, told of changes, has come to a value. */
  async becomes(key: string, value: boolean): Promise<void> {
    while (client.getBooleanValue(key, false) !== value) {
      await events.moreThan(ProviderEvents.ConfigurationChanged, events.count(ProviderEvents.ConfigurationChanged));
    }
  },
  details: (key: string): object => client.getBooleanDetails(key, false),
  count: (type: string): number => events.count(type),
  moreThan: (type: string, count: number): Promise<void> => events.moreThan(type, count),
};

/** What the test can call in the page. */
export type WebPage = typeof page;

Object.assign(globalThis, { openFeatureUnderTest: page });
