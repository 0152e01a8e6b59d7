import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { replay, settingsOf } from "../storage/replay.ts";

const clients = 32;
const operationsOfAll = 10_000;
const features = ["driver_declarations", "encrypted_storage", "sms_reminders", "a.feature", "constructor"];
const base = "/api/v1/org-feature-flags";
const { method } = OrgFeatureFlagService;

/** What a client does, in one protocol. */
interface Flags {
  set(orgId: string, featureKey: string, enabled: boolean): Promise<unknown>;
  reset(orgId: string, featureKey: string): Promise<unknown>;
  resetAll(orgId: string): Promise<unknown>;
  check(orgId: string, featureKey: string): Promise<boolean>;
  all(orgId: string): Promise<Record<string, boolean>>;
}

function overRest(url: string): Flags {
  const call = async (verb: string, path: string, body?: object) => {
    const init = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}${base}/${path}`, { method: verb, ...init });
    expect(answer.status).toBe(200);
    // The documented bodies: another test compares them key for key.
    return (await answer.json()) as { enabled: boolean; flags: Record<string, boolean> };
  };
  return {
    set: (orgId, feature_key, enabled) => call("PUT", orgId, { feature_key, enabled }),
    reset: (orgId, featureKey) => call("DELETE", `${orgId}/${featureKey}`),
    resetAll: (orgId) => call("DELETE", orgId),
    check: async (orgId, featureKey) => (await call("GET", `${orgId}/${featureKey}`)).enabled,
    all: async (orgId) => (await call("GET", orgId)).flags,
  };
}

function overTransport(transport: ReturnType<typeof createConnectTransport>): Flags {
  const client = createClient(OrgFeatureFlagService, transport);
  return {
    set: (orgId, featureKey, enabled) => client.updateOrgFeatureFlag({ orgId, featureKey, enabled }),
    reset: (orgId, featureKey) => client.resetOrgFeatureFlag({ orgId, featureKey }),
    resetAll: (orgId) => client.deleteOrgFeatureFlags({ orgId }),
    check: async (orgId, featureKey) => (await client.checkOrgFeatureFlag({ orgId, featureKey })).enabled,
    all: async (orgId) => (await client.getOrgFeatureFlags({ orgId })).flags,
  };
}

function overGrpcJs(url: string): Flags {
  const client = grpcClient(url);
  return {
    set: (orgId, featureKey, enabled) => grpcCall(client, method.updateOrgFeatureFlag, { orgId, featureKey, enabled }),
    reset: (orgId, featureKey) => grpcCall(client, method.resetOrgFeatureFlag, { orgId, featureKey }),
    resetAll: (orgId) => grpcCall(client, method.deleteOrgFeatureFlags, { orgId }),
    check: async (orgId, featureKey) =>
      (await grpcCall(client, method.checkOrgFeatureFlag, { orgId, featureKey })).enabled,
    all: async (orgId) => (await grpcCall(client, method.getOrgFeatureFlags, { orgId })).flags,
  };
}

const protocols: readonly ((url: string) => Flags)[] = [
  overRest,
  (baseUrl) => overTransport(createConnectTransport({ baseUrl, httpVersion: "1.1" })),
  (baseUrl) =>
    overTransport(createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true, useBinaryFormat: true })),
  (baseUrl) => overTransport(createGrpcTransport({ baseUrl })),
  (baseUrl) => overTransport(createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  overGrpcJs,
];

/** A small generator of numbers below `bound` (mulberry32), the same for the same seed. */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** One client: it writes and reads at random, in protocols at random, and always reads its own last write. */
async function behave(url: string, number: number, settings: Map<string, boolean>, seed: number): Promise<void> {
  const below = random(seed + number);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const ways = protocols.map((open) => open(url));
  const own = `org${number}`;
  // Of the organisation that all clients share, each writes a feature of its own.
  const places = [...features.map((key) => [own, key] as const), ["shared", `f${number}`] as const];
  const expectedOf = (orgId: string, key: string) => settings.get(`${orgId}/${key}`) ?? false;
  for (const [orgId, key] of places) {
    await pick(ways).set(orgId, key, false);
    settings.set(`${orgId}/${key}`, false);
  }
  for (let i = 0; i < operationsOfAll / clients; i++) {
    const [orgId, key] = pick(places);
    const flags = pick(ways);
    const action = below(20);
    if (action < 6) {
      const enabled = below(2) === 0;
      await flags.set(orgId, key, enabled);
      settings.set(`${orgId}/${key}`, enabled);
    } else if (action < 8) {
      await flags.reset(orgId, key);
      settings.delete(`${orgId}/${key}`);
    } else if (action === 8) {
      await flags.resetAll(own);
      features.forEach((feature) => void settings.delete(`${own}/${feature}`));
    } else if (action < 16) {
      expect(await flags.check(orgId, key), `${orgId}/${key}, seed ${seed}`).toBe(expectedOf(orgId, key));
    } else {
      const all = await flags.all(orgId);
      expect(all[key], `${orgId}/${key} of all, seed ${seed}`).toBe(expectedOf(orgId, key));
    }
  }
}

test.for([
  // So that some are read again and again.
  ["few organisations in memory", 8],
  ["all organisations in memory", 1000],
] as const)(
  "32 clients over mixed protocols read their own writes; memory, file and log agree: %s",
  {
    timeout: 120_000,
  },
  async ([, maxResidentOrganisations]) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { url, databaseFile, complaints } = await startApp({ maxResidentOrganisations });
    const settings = new Map<string, boolean>();
    await Promise.all(Array.from({ length: clients }, (_, number) => behave(url, number, settings, seed)));
    expect(complaints).toEqual([]);

    const store = await SqliteStore.open({ file: databaseFile, catalogue: "open", clock: Date.now });
    onTestFinished(() => store.close());
    const all = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 10_000 };
    const stored = new Map(store.listOverrides(all).overrides.map((o) => [`${o.orgId}/${o.featureKey}`, o.enabled]));
    const log = replay(store.readChanges(0, 1_000_000));
    expect(stored).toEqual(settings);
    expect(settingsOf(log)).toEqual(settings);
    const rest = overRest(url);
    for (const orgId of ["shared", ...Array.from({ length: clients }, (_, number) => `org${number}`)]) {
      const expected = [...log.features.keys()].map((key) => [key, settings.get(`${orgId}/${key}`) ?? false]);
      expect(await rest.all(orgId)).toEqual(Object.fromEntries(expected));
    }
  },
);
