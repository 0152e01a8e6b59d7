import { fromJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";

const flags = "/api/v1/org-feature-flags";
const features = "/api/v1/features";

interface Answer {
  readonly status: number;
  readonly location: string | null;
  // Compared by shape in each test.
  readonly body: Record<string, unknown>;
}

async function call(
  { url }: AppUnderTest,
  line: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = "", path = ""] = line.split(" ");
  const init = body && { body: JSON.stringify(body) };
  const type = body && { "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers: { ...type, ...headers }, ...init });
  const location = answer.headers.get("location");
  return { status: answer.status, location, body: (await answer.json()) as Record<string, unknown> };
}

function badRequest(field: string, description: string) {
  const violation = { field, description, reason: "", localized_message: null };
  const shape = expect.objectContaining({ field: violation.field, description: violation.description });
  const detail = { "@type": "type.googleapis.com/google.rpc.BadRequest", field_violations: [shape] };
  return { code: 3, message: `${field}: ${description}`, details: [expect.objectContaining(detail)] };
}

const orgIdRule = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -, beginning with a letter or a digit";
const featureKeyRule = "must be 1 to 64 characters of a-z 0-9 _ . -, beginning with a lower-case letter";

describe("overrides", () => {
  test("an organisation that nobody set anything for has the defaults", async () => {
    const app = await startApp();
    expect((await call(app, `GET ${flags}/never.heard-of:it@all`)).body).toMatchObject({
      org_id: "never.heard-of:it@all",
      flags: { driver_declarations: false, encrypted_storage: false, sms_reminders: false, multi_template: false },
    });
  });

  test("a second create is refused and changes nothing", async () => {
    const app = await startApp();
    const create = (enabled: boolean) =>
      call(app, `POST ${flags}`, { org_id: "acme", feature_key: "sms_reminders", enabled });
    expect((await create(true)).status).toBe(201);
    const { status, body } = await create(false);
    expect(status).toBe(409);
    expect(body).toEqual({
      code: 6,
      message: 'the organisation "acme" has an override of "sms_reminders" already; update it instead',
      details: [],
    });
    expect((await call(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: true });
  });

  test("setting what is set keeps updated_at", async () => {
    const app = await startApp();
    const set = () => call(app, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: true });
    const first = await set();
    expect((await set()).body).toEqual(first.body);
  });

  test("the path overrules the body", async () => {
    const app = await startApp();
    const { body } = await call(app, `PUT ${flags}/acme`, { org_id: "globex", feature_key: "a", enabled: true });
    expect(body).toMatchObject({ org_id: "acme" });
    expect((await call(app, `GET ${flags}?org_id=globex`)).body).toMatchObject({ data: [] });
  });

  test("deleting nothing succeeds and says so", async () => {
    const app = await startApp();
    expect(await call(app, `DELETE ${flags}/acme`)).toMatchObject({
      status: 200,
      body: { org_id: "acme", deleted: false },
    });
    expect((await call(app, `DELETE ${flags}/acme`)).body).not.toHaveProperty("deleted_at");
  });

  test("a single override goes back to the default", async () => {
    const app = await startApp();
    await call(app, `PATCH ${features}/sms_reminders`, { default_enabled: true });
    await call(app, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: false });
    const reset = () => call(app, `DELETE ${flags}/acme/sms_reminders`);
    expect((await reset()).body).toMatchObject({ enabled: true, reset: true, reset_at: expect.any(String) });
    expect((await reset()).body).toEqual({ org_id: "acme", feature_key: "sms_reminders", enabled: true, reset: false });
    expect((await call(app, `DELETE ${flags}/acme/unknown`)).status).toBe(404);
  });

  test("the list filters by everything at once, and a page past the end is empty", async () => {
    const app = await startApp({ demo: true });
    const list = async (query: string) => (await call(app, `GET ${flags}?${query}`)).body;
    expect(await list("org_id=org_812&feature_key=encrypted_storage&enabled=true")).toMatchObject({
      data: [{ org_id: "org_812", feature_key: "encrypted_storage" }],
      pagination: { page: 1, limit: 20, total: 1 },
    });
    expect(await list("enabled=false")).toEqual({ data: [], pagination: { page: 1, limit: 20, total: 0 } });
    expect(await list("page=99&limit=1")).toEqual({ data: [], pagination: { page: 99, limit: 1, total: 34 } });
    expect(await list("page=2147483647&limit=100")).toMatchObject({ data: [], pagination: { total: 34 } });
  });

  test.for([
    [`GET ${flags}?page=0`, undefined, badRequest("page", "must be 1 to 2,147,483,647; got 0")],
    [`GET ${flags}?limit=101`, undefined, badRequest("limit", "must be 1 to 100; got 101")],
    [`GET ${flags}?org_id=`, undefined, badRequest("org_id", `${orgIdRule}; got ""`)],
    [`GET ${flags}/-acme`, undefined, badRequest("org_id", `${orgIdRule}; got "-acme"`)],
    [`GET ${flags}/acme/Upper`, undefined, badRequest("feature_key", `${featureKeyRule}; got "Upper"`)],
    [
      `GET ${flags}/${"a".repeat(129)}`,
      undefined,
      badRequest("org_id", `${orgIdRule}; got "${"a".repeat(40)}"… (129 characters)`),
    ],
    [`PUT ${flags}/acme`, { feature_key: "a" }, badRequest("enabled", "is required: true or false")],
  ] as const)("%s %j is refused by its field", async ([line, body, expected]) => {
    const answer = await call(await startApp(), line, body);
    expect(answer).toMatchObject({ status: 400, body: expected });
  });

  test("every field at fault is named at once", async () => {
    const app = await startApp();
    const { body } = await call(app, `POST ${flags}`, { org_id: "", feature_key: "A" });
    expect(body.details).toMatchObject([
      { field_violations: [{ field: "org_id" }, { field: "feature_key" }, { field: "enabled" }] },
    ]);
  });
});

describe("batches", () => {
  const batch = (app: AppUnderTest, updates: object[]) => call(app, `POST ${flags}:batchUpdate`, { updates });

  test("set and reset overrides of any organisations, and say what each came to", async () => {
    const app = await startApp();
    await call(app, `PUT ${flags}/acme`, { feature_key: "a", enabled: true });
    const { status, body } = await batch(app, [
      { org_id: "acme", feature_key: "a", reset: true },
      { org_id: "acme", feature_key: "b", enabled: false },
      { org_id: "globex", feature_key: "a", enabled: true },
      { org_id: "globex", feature_key: "b", reset: true },
    ]);
    expect(status).toBe(200);
    const time = expect.any(String);
    expect(body).toEqual({
      results: [
        { org_id: "acme", feature_key: "a", enabled: false, changed: true },
        { org_id: "acme", feature_key: "b", enabled: false, changed: true, updated_at: time },
        { org_id: "globex", feature_key: "a", enabled: true, changed: true, updated_at: time },
        { org_id: "globex", feature_key: "b", enabled: false, changed: false },
      ],
    });
  });

  test("with many faults name the first ten, and say how many more there are", async () => {
    const app = await startApp();
    const updates = Array.from({ length: 1000 }, (_, i) => ({ org_id: `-${i}`, feature_key: "a", enabled: true }));
    const { body } = await batch(app, updates);
    expect(body.message).toMatch(/^updates\[0\]\.org_id: .*; and 990 more$/);
    expect(body.details).toMatchObject([{ field_violations: { length: 10 } }]);
    const { batchUpdateOrgFeatureFlags } = OrgFeatureFlagService.method;
    const request = fromJson(batchUpdateOrgFeatureFlags.input, { updates });
    const call = grpcCall(grpcClient(app.url), batchUpdateOrgFeatureFlags, request);
    await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  test("do all or nothing", async () => {
    const app = await startApp({ catalogue: "strict" });
    const { status, body } = await batch(app, [
      { org_id: "acme", feature_key: "sms_reminders", enabled: true },
      { org_id: "acme", feature_key: "unknown", enabled: true },
    ]);
    expect(status).toBe(404);
    expect(body.message).toBe('updates[1].feature_key: no feature "unknown" is in the catalogue');
    expect((await call(app, `GET ${flags}`)).body).toMatchObject({ data: [] });
  });

  test("of up to 1,000 updates are taken", async () => {
    const app = await startApp();
    const updates = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ org_id: `org${i}`, feature_key: "a", enabled: true }));
    expect((await batch(app, updates(1000))).status).toBe(200);
    const { status, body } = await batch(app, updates(1001));
    expect({ status, body }).toMatchObject({
      status: 400,
      body: badRequest("updates", "must have 1 to 1,000 entries; got 1001"),
    });
    expect((await batch(app, [])).status).toBe(400);
  });

  test.for([
    [
      { org_id: "acme", feature_key: "b" },
      'updates[1].enabled: is required: true or false, or "reset": true in its place',
    ],
    [
      { org_id: "acme", feature_key: "b", reset: false },
      "updates[1].reset: must be true; give enabled instead to set the override",
    ],
    [
      { org_id: "acme", feature_key: "a", reset: true },
      "updates[1]: must name another organisation or feature than updates[0] does",
    ],
    [{ org_id: "a/b", feature_key: "b", enabled: true }, `updates[1].org_id: ${orgIdRule}; got "a/b"`],
  ] as const)("with %j are refused by the update at fault", async ([update, message]) => {
    const app = await startApp();
    const { status, body } = await batch(app, [{ org_id: "acme", feature_key: "a", enabled: true }, update]);
    expect(status).toBe(400);
    expect(body.message).toBe(message);
  });
});

describe("the catalogue", () => {
  test("takes a feature in, changes and removes it", async () => {
    const app = await startApp();
    const created = await call(app, `POST ${features}`, { feature_key: "beta", description: "Try it" });
    expect(created).toMatchObject({
      status: 201,
      location: `${features}/beta`,
      body: { feature_key: "beta", description: "Try it", default_enabled: false, archived: false },
    });
    expect(await call(app, `GET ${features}/beta`)).toMatchObject({ status: 200, body: created.body });
    const changed = await call(app, `PATCH ${features}/beta`, { default_enabled: true });
    expect(changed.body).toMatchObject({ description: "Try it", default_enabled: true });
    expect((await call(app, `GET ${flags}/acme/beta`)).body).toMatchObject({ enabled: true });
    const deleted = await call(app, `DELETE ${features}/beta`);
    expect(deleted.body).toEqual({ feature_key: "beta", deleted_overrides: 0, deleted_at: expect.any(String) });
    expect((await call(app, `GET ${features}/beta`)).status).toBe(404);
  });

  test("is listed by key, page by page", async () => {
    const app = await startApp();
    const page = async (query: string) => {
      // Compared key for key right below.
      const { body } = await call(app, `GET ${features}?${query}`);
      const { features: list, next_page_token } = body as {
        features: { feature_key: string }[];
        next_page_token: string;
      };
      return { keys: list.map((feature) => feature.feature_key), next: next_page_token };
    };
    const first = await page("page_size=3");
    expect(first.keys).toEqual(["driver_declarations", "encrypted_storage", "multi_template"]);
    expect(await page(`page_size=3&page_token=${first.next}`)).toEqual({ keys: ["sms_reminders"], next: "" });
    expect(await page("archived=true")).toEqual({ keys: [], next: "" });
    expect((await call(app, `GET ${features}?page_token=!!`)).body.message).toContain(
      "page_token: must be a next_page_token",
    );
  });

  test("keeps a feature that has overrides, unless forced", async () => {
    const app = await startApp({ demo: true });
    const refused = await call(app, `DELETE ${features}/driver_declarations`);
    expect(refused).toMatchObject({ status: 400, body: { code: 9 } });
    const forced = await call(app, `DELETE ${features}/driver_declarations?force=true`);
    expect(forced.body).toMatchObject({ deleted_overrides: 17 });
    expect((await call(app, `GET ${flags}/org_812`)).body.flags).not.toHaveProperty("driver_declarations");
  });

  test("an archived feature leaves the answers and refuses writes; un-archiving brings its overrides back", async () => {
    const app = await startApp({ demo: true });
    const archive = (archived: boolean) => call(app, `PATCH ${features}/driver_declarations`, { archived });
    await archive(true);
    expect((await call(app, `GET ${flags}/org_812`)).body.flags).not.toHaveProperty("driver_declarations");
    expect((await call(app, `GET ${flags}/org_812/driver_declarations`)).status).toBe(404);
    const write = await call(app, `PUT ${flags}/org_812`, { feature_key: "driver_declarations", enabled: false });
    expect(write).toMatchObject({ status: 400, body: { code: 9 } });
    await archive(false);
    expect((await call(app, `GET ${flags}/org_812/driver_declarations`)).body).toMatchObject({ enabled: true });
  });

  test("an update that names nothing to change is refused", async () => {
    const { status, body } = await call(await startApp(), `PATCH ${features}/sms_reminders`, {});
    expect(status).toBe(400);
    expect(body.message).toContain("at least one of description, default_enabled and archived must be given");
  });

  test("a strict one refuses writes to features that it lacks", async () => {
    const app = await startApp({ catalogue: "strict" });
    const { status, body } = await call(app, `PUT ${flags}/acme`, { feature_key: "unknown", enabled: true });
    expect({ status, message: body.message }).toEqual({
      status: 404,
      message: 'feature_key: no feature "unknown" is in the catalogue',
    });
  });
});

describe("who did it and why", () => {
  test("comes from the metadata, in UTF-8, and is bounded", async () => {
    const app = await startApp();
    const put = (headers: Record<string, string>) =>
      call(app, `PUT ${flags}/acme`, { feature_key: "a", enabled: true }, headers);
    // A header is bytes: this is "Zoë" in UTF-8.
    expect((await put({ "orgflags-actor": "Zo\xc3\xab", "orgflags-reason": "trial" })).status).toBe(200);
    const store = await SqliteStore.open({ file: app.databaseFile, catalogue: "open", clock: Date.now });
    const [change] = store.readChanges(5, 1);
    await store.close();
    const after = { setting: { enabled: true } };
    expect(change).toMatchObject({ orgId: "acme", after, actor: "Zoë", reason: "trial" });
    const long = await put({ "orgflags-actor": "x".repeat(257) });
    expect(long).toMatchObject({
      status: 400,
      body: { details: [{ field_violations: [{ field: "orgflags-actor" }] }] },
    });
    expect((await put({ "orgflags-reason": "\xff" })).status).toBe(400);
  });
});
