import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";
const sms = { feature_key: "sms_reminders", enabled: true };
const later = "2999-01-01T00:00:00Z";
const evenLater = "2999-01-02T00:00:00.5Z";
const explain = async (app: AppUnderTest) =>
  (await restCall(app, "GET /api/v1/orgs/acme/features/sms_reminders/explain")).body;

/** The changes from a revision on, until there are so many. */
async function follow({ url }: AppUnderTest, fromRevision: bigint, count: number) {
  const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url }));
  const found = [];
  for await (const { event } of client.watchChanges({ fromRevision })) {
    if (event.case === "change") {
      found.push(event.value);
    }
    if (found.length === count) {
      break;
    }
  }
  return found;
}

test("an override that ends is answered as documented, and explained with its end", async () => {
  const app = await startApp();
  const created = await restCall(app, `POST ${flags}`, { org_id: "acme", ...sms, expires_at: later });
  const time = expect.any(String);
  expect(created).toMatchObject({ status: 201, body: { org_id: "acme", ...sms } });
  expect(Object.keys(created.body)).toEqual(["org_id", "feature_key", "enabled", "created_at"]);
  expect(await explain(app)).toMatchObject({ enabled: true, source: "FLAG_SOURCE_OVERRIDE", expires_at: later });
  const { body } = await restCall(app, `PUT ${flags}/acme`, sms);
  expect(body).toEqual({ org_id: "acme", ...sms, updated_at: time });
  expect(await explain(app)).not.toHaveProperty("expires_at");
});

test("a setting that begins later leaves everything as it is until then", async () => {
  const app = await startApp();
  const planned = await restCall(app, `PUT ${flags}/acme`, { ...sms, starts_at: later, expires_at: evenLater });
  expect(planned.body).toMatchObject({ org_id: "acme", feature_key: "sms_reminders", enabled: false });
  expect(await explain(app)).toMatchObject({
    enabled: false,
    source: "FLAG_SOURCE_DEFAULT",
    scheduled: { enabled: true, starts_at: later, expires_at: "2999-01-02T00:00:00.500Z" },
  });
  const change = await restCall(app, "GET /api/v1/changes/5");
  expect(change.body.after).toEqual({
    scheduled: { enabled: true, starts_at: later, expires_at: "2999-01-02T00:00:00.500Z" },
  });
  expect((await restCall(app, `DELETE ${flags}/acme/sms_reminders`)).body).toMatchObject({
    enabled: false,
    reset: true,
  });
  expect(await explain(app)).not.toHaveProperty("scheduled");
});

test("what begins and ends by itself does so in its time, is logged once, and is told to who watches", async () => {
  const app = await startApp();
  await startApp({ databaseFile: app.databaseFile });
  const [startsAt, expiresAt] = [Date.now() + 400, Date.now() + 700];
  const update = { ...sms, starts_at: new Date(startsAt).toISOString(), expires_at: new Date(expiresAt).toISOString() };
  await restCall(app, `PUT ${flags}/acme`, update, { "orgflags-actor": "ada", "orgflags-reason": "trial" });
  const [begun, ended] = await follow(app, 5n, 2);
  expect(begun).toMatchObject({ revision: 6n, actor: "system:schedule", orgId: "acme", after: { enabled: true } });
  expect(begun?.reason).toContain("ada");
  expect(begun?.reason).toContain("trial");
  expect(ended).toMatchObject({ revision: 7n, actor: "system:expiry", reason: "", before: { enabled: true } });
  expect(ended?.after).toBeUndefined();
  const timeOf = ({ body }: { body: Record<string, unknown> }) => Date.parse(String(body.time));
  expect(timeOf(await restCall(app, "GET /api/v1/changes/6"))).toBeGreaterThanOrEqual(startsAt);
  expect(timeOf(await restCall(app, "GET /api/v1/changes/7"))).toBeGreaterThanOrEqual(expiresAt);
  expect((await restCall(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: false });
  expect((await restCall(app, "GET /api/v1/changes/8")).status).toBe(404);
});

test("a batch sets ends, too, and an end less than a millisecond away rounds up", async () => {
  const app = await startApp();
  const { url } = app;
  const client = createClient(OrgFeatureFlagService, createGrpcTransport({ baseUrl: url }));
  const expiresAt = { seconds: 32_472_144_000n, nanos: 1 };
  const action = { case: "enabled", value: true } as const;
  await client.batchUpdateOrgFeatureFlags({
    updates: [{ orgId: "acme", featureKey: "sms_reminders", action, expiresAt }],
  });
  expect(await explain(app)).toMatchObject({ expires_at: "2999-01-01T00:00:00.001Z" });
});

const past = "2000-01-01T00:00:00Z";
test.for([
  [`PUT ${flags}/acme`, { ...sms, expires_at: past }, "expires_at", "must be after the time of the write"],
  [`PUT ${flags}/acme`, { ...sms, starts_at: past }, "starts_at", "must be after the time of the write"],
  [`POST ${flags}`, { org_id: "acme", ...sms, expires_at: past }, "expires_at", "must be after the time of the write"],
  [`PUT ${flags}/acme`, { ...sms, starts_at: evenLater, expires_at: later }, "expires_at", "must be after starts_at"],
  [
    `POST ${flags}:batchUpdate`,
    { updates: [{ org_id: "acme", ...sms, expires_at: past }] },
    "updates[0].expires_at",
    "must be after the time of the write",
  ],
  [
    `POST ${flags}:batchUpdate`,
    { updates: [{ org_id: "acme", feature_key: "a", reset: true, expires_at: later }] },
    "updates[0].expires_at",
    "must be absent where reset is given: a reset has no times",
  ],
  [
    `POST ${flags}:batchUpdate`,
    { updates: [{ org_id: "acme", feature_key: "a", reset: true, starts_at: later }] },
    "updates[0].starts_at",
    "must be absent where reset is given: a reset has no times",
  ],
] as const)("%s %j is refused by its field", async ([line, body, field, description]) => {
  const answer = await restCall(await startApp(), line, body);
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: 400,
    body: {
      code: 3,
      details: [{ field_violations: [{ field, description: expect.stringContaining(description) }] }],
    },
  });
});

test("the end of time is kept within what a time can be", async () => {
  const app = await startApp();
  const expires_at = "9999-12-31T23:59:59.999999999Z";
  expect((await restCall(app, `PUT ${flags}/acme`, { ...sms, expires_at })).status).toBe(200);
  expect(await explain(app)).toMatchObject({ expires_at: "9999-12-31T23:59:59.999Z" });
});
