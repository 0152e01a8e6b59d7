import { expect, test } from "vitest";
import { type AppUnderTest, startApp } from "../app-under-test.ts";

const base = "/api/v1/org-feature-flags";

async function get({ url }: AppUnderTest, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, { headers });
  return { status: answer.status, etag: answer.headers.get("etag") ?? "", body: await answer.text() };
}

async function put({ url }: AppUnderTest, orgId: string, featureKey: string, enabled: boolean): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ feature_key: featureKey, enabled });
  expect((await fetch(`${url}${base}/${orgId}`, { method: "PUT", headers, body })).status).toBe(200);
}

test.for([`${base}/acme`, `${base}/acme/sms_reminders`, base, "/api/v1/features", "/api/v1/features/sms_reminders"])(
  "%s is answered 304 without a body to whoever holds it, until it changes",
  async (path) => {
    const app = await startApp();
    const first = await get(app, path);
    const again = await get(app, path, { "if-none-match": `"other", ${first.etag}` });
    expect(again).toEqual({ status: 304, etag: first.etag, body: "" });
    expect((await get(app, path)).etag).toBe(first.etag);
    await put(app, "acme", "sms_reminders", true);
    const features = `${app.url}/api/v1/features/sms_reminders`;
    const headers = { "content-type": "application/json" };
    await fetch(features, { method: "PATCH", headers, body: '{"description":"changed"}' });
    const changed = await get(app, path, { "if-none-match": first.etag });
    expect(changed.status).toBe(200);
    expect(changed.body).not.toBe(first.body);
  },
);

test("an organisation's tag moves with its flags, the catalogue and a refresh, and with nothing else", async () => {
  const app = await startApp();
  const etag = async () => (await get(app, `${base}/acme`)).etag;
  const first = await etag();
  await put(app, "globex", "sms_reminders", true);
  expect(await etag()).toBe(first);
  await put(app, "acme", "sms_reminders", true);
  const second = await etag();
  expect(second).not.toBe(first);
  await fetch(`${app.url}${base}/acme/refresh`, { method: "POST" });
  expect(await etag()).not.toBe(second);
});

test("a tag of one organisation is none of another whose flags differ", async () => {
  const app = await startApp();
  await put(app, "acme", "sms_reminders", true);
  const { etag } = await get(app, `${base}/acme/sms_reminders`);
  expect((await get(app, `${base}/globex/sms_reminders`, { "if-none-match": etag })).status).toBe(200);
});

test("a compressed answer is held by its own tag", async () => {
  const app = await startApp();
  for (let i = 0; i < 60; i++) {
    await put(app, "acme", `a_feature_with_a_long_name_${i}`, true);
  }
  const gzip = { "accept-encoding": "gzip" };
  const plain = await get(app, `${base}/acme`, { "accept-encoding": "identity" });
  const coded = await get(app, `${base}/acme`, gzip);
  expect(coded.etag).not.toBe(plain.etag);
  expect(await get(app, `${base}/acme`, { ...gzip, "if-none-match": coded.etag })).toMatchObject({
    status: 304,
    etag: coded.etag,
  });
});

test("the error of a conditional request is an error", async () => {
  const app = await startApp();
  expect((await get(app, `${base}/acme/unknown`, { "if-none-match": "*" })).status).toBe(404);
});
