import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";

test("what is not to be kept is removed, and asking for it is refused in words", async () => {
  const app = await startApp();
  for (const enabled of [true, false, true, false, true]) {
    await restCall(app, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled });
  }
  // Five of nine changes; those that are not to be kept go when the process starts.
  const pruning = await startApp({
    databaseFile: app.databaseFile,
    historyRetention: { maxAgeMs: undefined, maxChanges: 5 },
  });
  await pruning.app.close();
  const list = await restCall(app, "GET /api/v1/changes");
  expect(list.body.changes).toMatchObject([9, 8, 7, 6, 5].map((revision) => ({ revision: String(revision) })));
  const gone = await restCall(app, "GET /api/v1/changes/4");
  expect({ status: gone.status, message: gone.body.message }).toEqual({
    status: 404,
    message: "revision: the history begins after revision 4, and 4 is no longer kept",
  });
  // "2" in base64url: the list went on behind revision 2.
  for (const query of ["max_revision=4", "end_time=2000-01-01T00:00:00Z", "oldest_first=true&page_token=Mg"]) {
    const [field] = query.replace("oldest_first=true&", "").split("=");
    const { status, body } = await restCall(app, `GET /api/v1/changes?${query}`);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 11 } });
    expect(body.message).toContain(`${field}: is before the history, which begins after revision 4`);
    expect(body.details).toMatchObject([{ field_violations: [{ field }] }]);
  }
  const at = (revision: number) => restCall(app, `GET /api/v1/orgs/acme/flags?revision=${revision}`);
  expect((await at(3)).body).toMatchObject({
    code: 11,
    message: expect.stringContaining("revision: is before the history"),
  });
  expect((await at(4)).body).toMatchObject({ flags: { sms_reminders: false } });
  expect((await at(5)).body).toMatchObject({ flags: { sms_reminders: true } });
  const watch = await restCall(app, "GET /api/v1/changes:watch?from_revision=3");
  expect({ status: watch.status, body: watch.body }).toMatchObject({ status: 400, body: { code: 11 } });
  expect(watch.body.message).toContain("from_revision");
  expect((await restCall(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: true });
});

test("by default everything is kept", async () => {
  const first = await startApp();
  await first.app.close();
  const second = await startApp({ databaseFile: first.databaseFile });
  expect((await restCall(second, "GET /api/v1/changes/1")).status).toBe(200);
});
