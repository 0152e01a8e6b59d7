import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";
// What paths of the API say after an organisation or a feature.
const words = [
  "at",
  "explain",
  "flags",
  "features",
  "orgs",
  "diff",
  "watch",
  "changes",
  "refresh",
  "revert",
  "api",
  "v1",
];
const orgIds = [
  ...words,
  "acme:at",
  "acme:explain",
  "acme:diff",
  "flags:diff",
  "changes:watch",
  "5:revert",
  "a:batchUpdate",
];

test.for(words)("a feature may be called %s", async (key) => {
  const app = await startApp();
  const put = await restCall(app, `PUT ${flags}/acme`, { feature_key: key, enabled: true });
  expect(put.body).toMatchObject({ org_id: "acme", feature_key: key, enabled: true });
  expect((await restCall(app, `GET ${flags}/acme/${key}`)).body).toEqual({
    org_id: "acme",
    feature_key: key,
    enabled: true,
  });
  const explained = await restCall(app, `GET /api/v1/orgs/acme/features/${key}/explain`);
  expect(explained.body).toMatchObject({ org_id: "acme", feature_key: key, enabled: true });
  expect((await restCall(app, `GET /api/v1/features/${key}`)).body).toMatchObject({ feature_key: key });
  const orgs = await restCall(app, `GET /api/v1/features/${key}/orgs`);
  expect(orgs.body).toMatchObject({ orgs: [{ org_id: "acme", enabled: true }] });
  const reset = await restCall(app, `DELETE ${flags}/acme/${key}`);
  expect(reset.body).toMatchObject({ org_id: "acme", feature_key: key, reset: true });
});

test.for(orgIds)("an organisation may be called %s", async (orgId) => {
  const app = await startApp();
  const set = await restCall(app, `PUT ${flags}/${orgId}`, { feature_key: "sms_reminders", enabled: true });
  expect(set.body).toMatchObject({ org_id: orgId, feature_key: "sms_reminders", enabled: true });
  expect((await restCall(app, `GET ${flags}/${orgId}`)).body).toMatchObject({
    org_id: orgId,
    flags: { sms_reminders: true },
  });
  expect((await restCall(app, `GET ${flags}/${orgId}/sms_reminders`)).body).toMatchObject({
    org_id: orgId,
    enabled: true,
  });
  expect((await restCall(app, `GET /api/v1/orgs/${orgId}/flags`)).body).toMatchObject({ org_id: orgId, revision: "5" });
  const diff = await restCall(app, `GET /api/v1/orgs/${orgId}/flags:diff?other_org_id=other`);
  expect(diff.body).toMatchObject({
    differences: [{ feature_key: "sms_reminders", enabled: true, other_enabled: false }],
  });
  const explained = await restCall(app, `GET /api/v1/orgs/${orgId}/features/sms_reminders/explain`);
  expect(explained.body).toMatchObject({ org_id: orgId, since_revision: "5" });
  expect((await restCall(app, `DELETE ${flags}/${orgId}`)).body).toMatchObject({ org_id: orgId, deleted: true });
});
