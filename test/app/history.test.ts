import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { restCall } from "../rest-call.ts";
import { list, put } from "./changes-of.ts";

const flags = "/api/v1/org-feature-flags";
const features = "/api/v1/features";
const changes = "/api/v1/changes";
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);

describe("GetChange", () => {
  test("answers the same by REST, Connect and gRPC", async () => {
    const app = await startApp();
    const revision = BigInt(await put(app, "acme", "sms_reminders", true));
    const { method } = ChangeService;
    const connect = createClient(ChangeService, createConnectTransport({ baseUrl: app.url, httpVersion: "1.1" }));
    const byConnect = await connect.getChange({ revision });
    expect(await grpcCall(grpcClient(app.url), method.getChange, { revision })).toEqual(byConnect);
    expect(byConnect.change).toMatchObject({ revision, orgId: "acme", after: { enabled: true } });
    const byRest = await restCall(app, `GET ${changes}/${revision}`);
    expect(byRest).toMatchObject({ status: 200, body: { revision: String(revision), after: { enabled: true } } });
    expect(byRest.body).not.toHaveProperty("before");
  });

  test.for([
    ["6", 404, "revision: there is no change 6"],
    ["0", 400, "revision: must be 1 to 9,007,199,254,740,991; got 0"],
    ["-5", 400, "revision: must be 1 to 9,007,199,254,740,991; got -5"],
  ] as const)("of %s is refused", async ([revision, status, message]) => {
    const answer = await restCall(await startApp(), `GET ${changes}/${revision}`);
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message });
  });
});

describe("RevertChange", () => {
  const revert = (app: AppUnderTest, revision: number, body: object = {}) =>
    restCall(app, `POST ${changes}/${revision}:revert`, body, { "orgflags-actor": "bob" });

  test("undoes a change by a new one, and a revert is undone in the same way", async () => {
    const app = await startApp();
    const revision = await put(app, "acme", "sms_reminders", true);
    const undone = await revert(app, revision);
    expect(undone).toMatchObject({
      status: 200,
      body: {
        revision: String(revision + 1),
        actor: "bob",
        reason: `reverts revision ${revision}`,
        before: { enabled: true },
      },
    });
    expect(undone.body).not.toHaveProperty("after");
    expect((await restCall(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: false });
    await revert(app, revision + 1);
    expect((await restCall(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: true });
  });

  test("is refused with what happened since, unless forced", async () => {
    const app = await startApp();
    const first = await put(app, "acme", "sms_reminders", true);
    const second = await put(app, "acme", "sms_reminders", false);
    const refused = await revert(app, first);
    expect(refused).toMatchObject({ status: 400, body: { code: 9 } });
    expect(refused.body.message).toContain(String(second));
    expect((await revert(app, first, { force: true })).status).toBe(200);
    expect((await list(app, "org_id=acme&page_size=1")).revisions).toEqual([second + 1]);
    expect((await revert(app, 99)).status).toBe(404);
    expect((await revert(app, 0)).status).toBe(400);
  });
});

describe("GetOrgFeatureFlagsAt", () => {
  const at = (app: AppUnderTest, query: string) => restCall(app, `GET /api/v1/orgs/acme/flags?${query}`);

  test("answers the effective flags as they were, defaults included", async () => {
    const app = await startApp();
    const before = {
      driver_declarations: false,
      encrypted_storage: false,
      multi_template: false,
      sms_reminders: false,
    };
    const set = await put(app, "acme", "multi_template", true);
    await restCall(app, `PATCH ${features}/sms_reminders`, { default_enabled: true });
    const { body: change } = await restCall(app, `GET ${changes}/${set}`);
    const answer = (flagsThen: object, revision: number) => ({
      org_id: "acme",
      flags: flagsThen,
      revision: String(revision),
      time,
    });
    expect((await at(app, "revision=4")).body).toEqual(answer(before, 4));
    expect((await at(app, `revision=${set}`)).body).toEqual(answer({ ...before, multi_template: true }, set));
    expect((await at(app, `time=${change.time}`)).body).toMatchObject({ flags: { multi_template: true } });
    const now = answer({ ...before, multi_template: true, sms_reminders: true }, set + 1);
    expect((await at(app, "")).body).toEqual(now);
    expect((await at(app, "time=9999-12-31T23:59:59.999999999Z")).body).toEqual(now);
    expect((await at(app, "revision=0")).body).toEqual({ org_id: "acme", flags: {}, revision: "0" });
    expect((await at(app, "time=1969-01-01T00:00:00Z")).body).toEqual({ org_id: "acme", flags: {}, revision: "0" });
  });

  test.for([
    ["time=2026-01-01T00:00:00Z&revision=3", "revision: must be absent where time is given: one of them is enough", 3],
    ["revision=99", "revision: must be at most 4, the last revision, and not 99", 11],
    ["revision=-1", "revision: must be 0 to 9,007,199,254,740,991; got -1", 3],
  ] as const)("refuses %s", async ([query, message, code]) => {
    const { status, body } = await at(await startApp(), query);
    expect({ status, body }).toMatchObject({ status: 400, body: { code, message } });
    expect(body.details).toMatchObject([{ field_violations: [{ field: "revision" }] }]);
  });
});

describe("DiffOrgFeatureFlags", () => {
  const diff = (app: AppUnderTest, query: string) => restCall(app, `GET /api/v1/orgs/acme/flags:diff?${query}`);

  test("compares two organisations, or one at two moments", async () => {
    const app = await startApp();
    const first = await put(app, "acme", "sms_reminders", true);
    const second = await put(app, "globex", "a.feature", true);
    expect((await diff(app, "other_org_id=globex")).body).toEqual({
      differences: [
        { feature_key: "a.feature", enabled: false, other_enabled: true },
        { feature_key: "sms_reminders", enabled: true, other_enabled: false },
      ],
      revision: String(second),
      other_revision: String(second),
    });
    expect((await diff(app, `revision=4&other_revision=${first}`)).body).toEqual({
      differences: [{ feature_key: "sms_reminders", enabled: false, other_enabled: true }],
      revision: "4",
      other_revision: String(first),
    });
    // The feature came with the write of `globex`.
    expect((await diff(app, `revision=${first}`)).body.differences).toEqual([
      { feature_key: "a.feature", other_enabled: false },
    ]);
    expect((await diff(app, `other_revision=${first}`)).body.differences).toEqual([
      { feature_key: "a.feature", enabled: false },
    ]);
    expect((await diff(app, "")).body.differences).toEqual([]);
  });

  test.for([
    ["other_org_id=", "other_org_id: must be 1 to 128 characters"],
    ["other_time=2026-01-01T00:00:00Z&other_revision=1", "other_revision: must be absent where other_time is given"],
    ["other_revision=99", "other_revision: must be at most 4, the last revision, and not 99"],
  ])("refuses %s", async ([query = "", message = ""]) => {
    const { status, body } = await diff(await startApp(), query);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });
});

describe("ExplainOrgFeatureFlag", () => {
  const explain = (app: AppUnderTest, key = "sms_reminders") =>
    restCall(app, `GET /api/v1/orgs/acme/features/${key}/explain`);

  test("says by override or by default, since when, by whom and why", async () => {
    const app = await startApp();
    const headers = { "orgflags-actor": "ada", "orgflags-reason": "pilot" };
    await restCall(app, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: true }, headers);
    const place = { org_id: "acme", feature_key: "sms_reminders", default_enabled: false };
    const pilot = { since_revision: "5", since: time, actor: "ada", reason: "pilot" };
    expect((await explain(app)).body).toEqual({ ...place, ...pilot, enabled: true, source: "FLAG_SOURCE_OVERRIDE" });
    await restCall(app, `DELETE ${flags}/acme/sms_reminders`, undefined, headers);
    expect((await explain(app)).body).toEqual({
      ...place,
      ...pilot,
      since_revision: "6",
      enabled: false,
      source: "FLAG_SOURCE_DEFAULT",
    });
    expect((await explain(app, "multi_template")).body).toMatchObject({
      since_revision: "4",
      actor: "system:migration",
    });
    expect((await explain(app, "unknown")).status).toBe(404);
    expect((await explain(app, "Unknown")).status).toBe(400);
  });
});

describe("who has a feature", () => {
  test("is listed page by page, of the organisations that are stored", async () => {
    const app = await startApp();
    await put(app, "a", "sms_reminders", true);
    await put(app, "b", "multi_template", true);
    await put(app, "c", "sms_reminders", false);
    const orgs = (query: string) => restCall(app, `GET ${features}/sms_reminders/orgs?${query}`);
    const [a, b, c] = [
      { org_id: "a", enabled: true, source: "FLAG_SOURCE_OVERRIDE" },
      { org_id: "b", enabled: false, source: "FLAG_SOURCE_DEFAULT" },
      { org_id: "c", enabled: false, source: "FLAG_SOURCE_OVERRIDE" },
    ];
    expect((await orgs("")).body).toEqual({ orgs: [a, b, c], next_page_token: "" });
    expect((await orgs("enabled=true")).body).toEqual({ orgs: [a], next_page_token: "" });
    const { body } = await orgs("page_size=2");
    expect(body).toEqual({ orgs: [a, b], next_page_token: "Yg" });
    expect((await orgs(`page_size=2&page_token=${body.next_page_token}`)).body).toEqual({
      orgs: [c],
      next_page_token: "",
    });
    expect((await orgs("page_token=YS9i")).body.message).toContain("page_token: must be a next_page_token");
    expect((await orgs("page_size=0")).status).toBe(400);
    expect((await restCall(app, `GET ${features}/unknown/orgs`)).status).toBe(404);
  });

  test("is counted in the catalogue", async () => {
    const app = await startApp({ demo: true });
    await put(app, "acme", "driver_declarations", false);
    const { body } = await restCall(app, `GET ${features}`);
    expect(body.features).toMatchObject([
      { feature_key: "driver_declarations", override_counts: { enabled: 17, disabled: 1 } },
      { feature_key: "encrypted_storage", override_counts: { enabled: 17, disabled: 0 } },
      { feature_key: "multi_template", override_counts: { enabled: 0, disabled: 0 } },
      { feature_key: "sms_reminders", override_counts: { enabled: 0, disabled: 0 } },
    ]);
  });

  test("would be changed by a default as `validate_only` says, which changes nothing", async () => {
    const app = await startApp();
    await put(app, "a", "sms_reminders", true);
    await put(app, "b", "multi_template", true);
    const { body: before } = await restCall(app, `GET ${features}/sms_reminders`);
    const tried = await restCall(app, `PATCH ${features}/sms_reminders`, {
      default_enabled: true,
      validate_only: true,
    });
    expect(tried.body).toEqual({
      ...before,
      default_enabled: true,
      impact: { flipped_orgs: 1, first_flipped_org_ids: ["b"], kept_overrides: 1 },
    });
    expect((await restCall(app, `GET ${features}/sms_reminders`)).body).toEqual(before);
    expect((await list(app, "page_size=1")).revisions).toEqual([6]);
    const unknown = await restCall(app, `PATCH ${features}/unknown`, { archived: true, validate_only: true });
    expect(unknown.status).toBe(404);
    const nothing = await restCall(app, `PATCH ${features}/sms_reminders`, { validate_only: true });
    for (const header of [{ "if-match": "*" }, { "orgflags-if-revision": "6" }, { "idempotency-key": "a" }]) {
      const patch = { default_enabled: true, validate_only: true };
      const { status, body } = await restCall(app, `PATCH ${features}/sms_reminders`, patch, header);
      expect([status, body.message]).toEqual([400, expect.stringContaining("validate_only: writes nothing")]);
    }
    expect(nothing.body.message).toContain("at least one of description, default_enabled and archived must be given");
  });
});
