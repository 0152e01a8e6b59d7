import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { FlagdCore } from "@openfeature/flagd-core";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { FlagSyncService } from "../../gen/flagd/sync/v1/sync_pb.ts";
import type { Flags } from "../../src/flags/flags.ts";
import { AllOrganisations } from "../../src/openfeature/all-organisations.ts";
import { maxDocumentBytes, tooLarge } from "../../src/openfeature/flag-definitions.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { patchFeature, resetFlag, setFlag } from "./requests.ts";

function syncClient({ url }: AppUnderTest) {
  return createClient(FlagSyncService, createGrpcTransport({ baseUrl: url }));
}

function follow(app: AppUnderTest, selector = "", headers: Record<string, string> = {}) {
  const messages = syncClient(app).syncFlags({ selector }, { headers })[Symbol.asyncIterator]();
  return async () => JSON.parse((await messages.next()).value?.flagConfiguration ?? "null");
}

async function fetchAll(app: AppUnderTest, selector = "", headers: Record<string, string> = {}) {
  const { flagConfiguration } = await syncClient(app).fetchAllFlags({ selector }, { headers });
  return JSON.parse(flagConfiguration);
}

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(() => expect.fail("the call was answered"), ConnectError.from);
}

describe("with a selector", () => {
  test("an organisation's own values come, and again when they are others", async () => {
    const app = await startApp();
    await setFlag(app, "acme", "sms_reminders", true);
    const next = follow(app, "flagSetId=acme");
    const first = await next();
    expect(first).toEqual(await fetchAll(app, "flagSetId=acme"));
    expect(first.metadata).toEqual({ flagSetId: "acme", orgId: "acme", revision: 5 });
    expect(first.flags.sms_reminders).toEqual({
      state: "ENABLED",
      variants: { on: true, off: false },
      defaultVariant: "on",
      targeting: { if: [true, "on", null] },
      metadata: { source: "override" },
    });
    expect(first.flags.encrypted_storage).toMatchObject({ defaultVariant: "off", metadata: { source: "default" } });
    await setFlag(app, "globex", "sms_reminders", true);
    await patchFeature(app, "sms_reminders", { description: "as before" });
    await setFlag(app, "acme", "sms_reminders", false);
    const second = await next();
    expect(second.metadata.revision).toBe(8);
    expect(second.flags.sms_reminders.defaultVariant).toBe("off");
    await resetFlag(app, "acme", "sms_reminders");
    expect((await next()).flags.sms_reminders.metadata).toEqual({ source: "default" });
    await patchFeature(app, "sms_reminders", { archived: true });
    expect(await next()).not.toHaveProperty("flags.sms_reminders");
  });

  test("the header counts more than the field", async () => {
    const app = await startApp();
    const headers = { "flagd-selector": "flagSetId=globex" };
    expect((await fetchAll(app, "flagSetId=acme", headers)).metadata).toMatchObject({ orgId: "globex" });
    expect((await follow(app, "flagSetId=acme", headers)()).metadata).toMatchObject({ orgId: "globex" });
    expect((await fetchAll(app, "flagSetId=acme", { "flagd-selector": "" })).metadata.orgId).toBe("acme");
  });

  test.for([
    ["selector", "source=file", {}],
    ["Flagd-Selector", "", { "flagd-selector": "source=file" }],
  ] as const)("that names something else the call is refused: %s", async ([field, selector, headers]) => {
    const app = await startApp();
    const message = `${field}: must be flagSetId=ORG_ID with an org_id, or empty; got "source=file"`;
    for (const call of [() => fetchAll(app, selector, headers), follow(app, selector, headers)]) {
      expect(await refusal(call())).toMatchObject({ code: Code.InvalidArgument, rawMessage: message });
    }
  });
});

describe("without a selector", () => {
  const rule = (on: readonly string[], off: readonly string[]) => {
    const orgId = { or: [{ var: "targetingKey" }, { var: "org_id" }] };
    return { if: [{ in: [orgId, on] }, "on", { in: [orgId, off] }, "off", null] };
  };

  test("all organisations come by rules, and again when something is another", async () => {
    const app = await startApp();
    await setFlag(app, "globex", "sms_reminders", false);
    await setFlag(app, "acme", "sms_reminders", true);
    const [next, other] = [follow(app), follow(app)];
    const first = await next();
    expect(first).toEqual(await other());
    expect(first).toEqual(await fetchAll(app));
    expect(first.metadata).toEqual({ flagSetId: "all", revision: 6 });
    expect(first.flags.sms_reminders).toEqual({
      state: "ENABLED",
      variants: { on: true, off: false },
      defaultVariant: "off",
      targeting: rule(["acme"], ["globex"]),
    });
    expect(first.flags.encrypted_storage.targeting).toEqual(rule([], []));
    await patchFeature(app, "sms_reminders", { description: "as before" });
    await setFlag(app, "aaa", "sms_reminders", true);
    const second = await next();
    expect([second.metadata.revision, second.flags.sms_reminders.targeting]).toEqual([
      8,
      rule(["aaa", "acme"], ["globex"]),
    ]);
    expect(await other()).toEqual(second);
    for (const archived of [true, false]) {
      await patchFeature(app, "sms_reminders", { archived });
      const document = await next();
      expect(document).toEqual(await other());
      expect(document.flags.sms_reminders).toEqual(archived ? undefined : second.flags.sms_reminders);
      expect((await fetchAll(app)).flags).toEqual(document.flags);
    }
    await restCall(app, "DELETE /api/v1/features/sms_reminders?force=true");
    // What a client leaves unread keeps its connection from ending.
    for (const read of [next, other]) {
      expect(await read()).not.toHaveProperty("flags.sms_reminders");
    }
    expect(await fetchAll(app)).not.toHaveProperty("flags.sms_reminders");
  });

  test("the rules look first at what the setting says", async () => {
    const app = await startApp({ orgFrom: "org-id" });
    const { targeting } = (await fetchAll(app)).flags.sms_reminders;
    expect(targeting.if[0].in[0]).toEqual({ or: [{ var: "org_id" }, { var: "targetingKey" }] });
  });

  test("an evaluator has for every organisation what the service answers, whatever was written", async () => {
    const app = await startApp();
    const next = follow(app);
    let document = await next();
    const organisations = ["acme", "globex", "initech"];
    const keys = ["sms_reminders", "encrypted_storage"];
    const write = fc.record({
      orgId: fc.constantFrom(...organisations),
      key: fc.constantFrom(...keys),
      enabled: fc.boolean(),
      isDefault: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 4 }), async (writes) => {
        for (const { orgId, key, enabled, isDefault } of writes) {
          await (isDefault ? patchFeature(app, key, { default_enabled: enabled }) : setFlag(app, orgId, key, enabled));
        }
        const fetched = await fetchAll(app);
        while (JSON.stringify(document.flags) !== JSON.stringify(fetched.flags)) {
          document = await next();
        }
        const core = new FlagdCore();
        core.setConfigurations(JSON.stringify(document));
        for (const orgId of organisations) {
          for (const key of keys) {
            const { body } = await restCall(app, `GET /api/v1/org-feature-flags/${orgId}/${key}`);
            for (const context of [{ targetingKey: orgId }, { org_id: orgId }, { targetingKey: orgId, org_id: "x" }]) {
              const { value, reason } = core.resolveBooleanEvaluation(key, false, context);
              expect([orgId, key, value, reason]).toEqual([
                orgId,
                key,
                body.enabled,
                expect.not.stringMatching("STATIC"),
              ]);
            }
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  test("more than clients take is refused, by a word about the selector, until it fits again", {
    timeout: 60_000,
  }, async () => {
    const app = await startApp();
    const name = (number: number) => `organisation-${"x".repeat(100)}-${number}`;
    const batch = (from: number, reset: boolean) => {
      const updates = Array.from({ length: 1000 }, (_, number) => ({
        org_id: name(from + number),
        feature_key: "sms_reminders",
        ...(reset ? { reset } : { enabled: true }),
      }));
      return restCall(app, "POST /api/v1/org-feature-flags:batchUpdate", { updates });
    };
    for (let from = 0; from < 34_000; from += 1000) {
      expect((await batch(from, false)).status).toBe(200);
    }
    const next = follow(app);
    expect((await next()).flags.sms_reminders.targeting.if[0].in[1]).toHaveLength(34_000);
    await batch(34_000, false);
    await batch(35_000, false);
    const words =
      /^selector: the flags of all organisations are [\d,]{9,} bytes, and clients take 4,190,208 bytes at the most; ask for one by flagSetId=ORG_ID$/;
    const error = await refusal(
      (async () => {
        for (;;) await next();
      })(),
    );
    expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: expect.stringMatching(words) });
    expect((await refusal(fetchAll(app))).rawMessage).toMatch(words);
    expect((await refusal(follow(app)())).rawMessage).toMatch(words);
    expect((await fetchAll(app, `flagSetId=${name(35_999)}`)).flags.sms_reminders.defaultVariant).toBe("on");
    await batch(34_000, true);
    await batch(35_000, true);
    expect((await follow(app)()).flags.sms_reminders.targeting.if[0].in[1]).toHaveLength(34_000);
  });
});

test("what was refused is not read again for a while", async () => {
  const moment = { ms: 0 };
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + moment.ms);
  onTestFinished(() => void vi.restoreAllMocks());
  const reads: number[] = [];
  let count = 600_000;
  const overrideCounts = () => {
    reads.push(count);
    return new Map([["sms_reminders", { enabled: count, disabled: 0 }]]);
  };
  const everything = () => ({ revision: 1, features: [], overrides: [] });
  // Of all that flags can, it is asked for these.
  const flags = { revision: 1, overrideCounts, everything } as unknown as Flags;
  const all = new AllOrganisations(flags, "targeting-key");
  const refused = () =>
    all.read().then(
      () => expect.fail("it was read"),
      (error: Error) => error.message,
    );
  expect(await refused()).toContain("are of more than 523,776 overrides");
  expect(await refused()).toBe(await refused());
  expect(reads).toHaveLength(1);
  moment.ms += 10_000;
  await refused();
  expect(reads).toHaveLength(2);
  count = 0;
  Object.assign(flags, { revision: 1001 });
  expect((await all.read()).revision).toBe(1);
});

test("a document too large for one organisation says what helps", () => {
  const { message } = tooLarge("acme", "9 bytes");
  expect(message).toContain("the flags of acme are 9 bytes");
  expect(maxDocumentBytes).toBeLessThan(4 * 1024 * 1024);
});

test("the metadata of the server are empty", async () => {
  const app = await startApp();
  expect((await syncClient(app).getMetadata({})).metadata).toEqual({});
});

test("a server that ends ends its streams with an error", async () => {
  const app = await startApp();
  const streams = [follow(app), follow(app, "flagSetId=acme")];
  await Promise.all(streams.map((next) => next()));
  const ended = streams.map((next) => refusal(next()));
  await app.app.close();
  for (const { code } of await Promise.all(ended)) {
    expect(code).toBe(Code.Unavailable);
  }
  expect(app.complaints).toEqual([]);
});
