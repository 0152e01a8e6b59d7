import { join } from "node:path";
import { expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { type RestAnswer, restCall } from "../rest-call.ts";
import { runService } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const flags = "/api/v1/org-feature-flags";
const features = "/api/v1/features";
const key = { "idempotency-key": "8e03978e-40d5-43e8-bc93-6894a57f9324" };
const override = { org_id: "acme", feature_key: "sms_reminders", enabled: true };

const told = ({ status, text, headers }: RestAnswer) => ({ status, text, location: headers.get("location") });

async function lastRevision(app: { url: string }): Promise<number> {
  const { headers } = await restCall(app, `GET ${flags}/acme`);
  return Number(headers.get("orgflags-revision"));
}

test.for([
  [`POST ${flags}`, override, 201],
  [`PUT ${flags}/acme`, override, 200],
  [`PUT ${flags}/acme`, { ...override, starts_at: "2999-01-01T00:00:00Z" }, 200],
  [`DELETE ${flags}/globex`, undefined, 200],
  [`DELETE ${flags}/globex/sms_reminders`, undefined, 200],
  [`POST ${flags}:batchUpdate`, { updates: [override, { ...override, org_id: "globex", enabled: false }] }, 200],
  [`POST ${features}`, { feature_key: "a.feature" }, 201],
  [`PATCH ${features}/sms_reminders`, { default_enabled: true }, 200],
  [`DELETE ${features}/sms_reminders?force=true`, undefined, 200],
  ["POST /api/v1/changes/5:revert", {}, 200],
] as const)("%s sent twice is made once, and answered the same", async ([line, body, status]) => {
  const app = await startApp();
  await restCall(app, `PUT ${flags}/globex`, { ...override, org_id: "globex" });
  const before = await lastRevision(app);
  const first = await restCall(app, line, body, key);
  expect(first.status).toBe(status);
  const after = await lastRevision(app);
  expect(after).toBeGreaterThan(before);
  // What would not be possible again by itself, or come to something else.
  const again = await restCall(app, line, body, key);
  expect(told(again)).toEqual(told(first));
  expect(await lastRevision(app)).toBe(after);
  const { body: changes } = await restCall(app, "GET /api/v1/changes?page_size=1");
  expect(changes.changes).toMatchObject([{ revision: String(after) }]);
});

test("a key that was used for something else is refused by its name", async () => {
  const app = await startApp();
  const first = await restCall(app, `POST ${flags}`, override, key);
  const other = await restCall(app, `POST ${flags}`, { ...override, enabled: false }, key);
  expect(other).toMatchObject({
    status: 400,
    body: { code: 3, details: [{ field_violations: [{ field: "Idempotency-Key" }] }] },
  });
  // The same fields, of another method.
  expect((await restCall(app, `PUT ${flags}/acme`, override, key)).status).toBe(400);
  expect(told(await restCall(app, `POST ${flags}`, override, key))).toEqual(told(first));
  const ofBob = await restCall(app, `POST ${flags}`, override, { ...key, "orgflags-actor": "bob" });
  expect(ofBob.status).toBe(409);
});

test("a refused write leaves its key free", async () => {
  const app = await startApp();
  const create = () => restCall(app, `POST ${flags}`, override, key);
  await restCall(app, `PUT ${flags}/acme`, override);
  expect((await create()).status).toBe(409);
  await restCall(app, `DELETE ${flags}/acme`);
  const made = await create();
  expect(made.status).toBe(201);
  expect(told(await create())).toEqual(told(made));
});

test("the key counts over every protocol, whatever the condition has become", async () => {
  const app = await startApp();
  const headers = { ...key, "orgflags-if-revision": "0" };
  const first = await restCall(app, `PUT ${flags}/acme`, override, headers);
  const { updateOrgFeatureFlag } = OrgFeatureFlagService.method;
  const request = { orgId: "acme", featureKey: "sms_reminders", enabled: true };
  const again = await grpcCall(grpcClient(app.url), updateOrgFeatureFlag, request, headers);
  expect(again).toMatchObject(request);
  expect(await lastRevision(app)).toBe(Number(first.headers.get("orgflags-revision")));
});

test("64 at once, to two processes, are one write", async () => {
  const app = await startApp();
  const other = await startApp({ databaseFile: app.databaseFile });
  const before = await lastRevision(app);
  const apps: readonly AppUnderTest[] = [app, other];
  const sent = Array.from({ length: 64 }, (_, i) => restCall(apps[i % 2] ?? app, `POST ${flags}`, override, key));
  const answers = (await Promise.all(sent)).map(told);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 201, location: `${flags}/acme/sms_reminders` });
  expect(await lastRevision(app)).toBe(before + 1);
});

test("a write whose answer was lost with the process is answered the same by the next one", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const first = runService(file);
  const told1 = told(await restCall({ url: await first.url }, `POST ${flags}`, override, key));
  expect(told1.status).toBe(201);
  first.kill("SIGKILL");
  await first.ended;
  const second = runService(file);
  expect(told(await restCall({ url: await second.url }, `POST ${flags}`, override, key))).toEqual(told1);
});
