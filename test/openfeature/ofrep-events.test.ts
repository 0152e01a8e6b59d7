import { expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { openEvents } from "./event-source.ts";
import { patchFeature, setFlag } from "./requests.ts";

const events = "/ofrep/v1/events";

function refetch(revision: number): object {
  return { id: String(revision), data: { type: "refetchEvaluation", etag: String(revision) } };
}

test("a stream begins with the revision, and tells of what touches its organisation alone", async () => {
  const app = await startApp();
  const stream = await openEvents(`${app.url}${events}/acme`);
  expect(stream.response.statusCode).toBe(200);
  expect(stream.response.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "orgflags-revision": "4",
    "access-control-allow-origin": "*",
  });
  expect(await stream.next()).toEqual({ id: "4", data: undefined });
  await setFlag(app, "globex", "sms_reminders", true);
  await setFlag(app, "acme", "sms_reminders", true);
  expect(await stream.nextEvent()).toEqual(refetch(6));
  await patchFeature(app, "multi_template", { default_enabled: true });
  expect(await stream.nextEvent()).toEqual(refetch(7));
});

test("a stream goes on where the answer that named it ended", async () => {
  const app = await startApp();
  await setFlag(app, "acme", "sms_reminders", true);
  const missed = await openEvents(`${app.url}${events}/acme?after=4`);
  expect(await missed.nextEvent()).toEqual(refetch(5));
  const current = await openEvents(`${app.url}${events}/acme?after=5`);
  expect(await current.next()).toEqual({ id: "5", data: undefined });
});

test("a client that comes back is told what it missed, by the id that it had last", async () => {
  const app = await startApp();
  const first = await openEvents(`${app.url}${events}/acme?after=4`);
  const { id = "" } = (await first.next()) ?? {};
  first.close();
  await setFlag(app, "acme", "sms_reminders", true);
  await setFlag(app, "globex", "sms_reminders", true);
  const again = await openEvents(`${app.url}${events}/acme?after=4`, { "last-event-id": id });
  expect(await again.nextEvent()).toEqual(refetch(6));
  const other = await openEvents(`${app.url}${events}/initech?after=4`, { "last-event-id": id });
  expect(await other.next()).toEqual({ id: "6", data: undefined });
});

test.for([99, 1])("a client whose place is unknown is told to evaluate: revision %s", async (after) => {
  const app = await startApp({ historyRetention: { maxAgeMs: undefined, maxChanges: 1 } });
  await setFlag(app, "acme", "sms_reminders", true);
  const stream = await openEvents(`${app.url}${events}/globex?after=${after}`);
  expect(await stream.nextEvent()).toEqual(after === 99 ? refetch(5) : expect.objectContaining({ id: "5" }));
});

test("what comes at one time is one event", async () => {
  const app = await startApp();
  const stream = await openEvents(`${app.url}${events}/acme`);
  await stream.next();
  const updates = ["a", "b", "c", "d"].map((key) => ({ org_id: "acme", feature_key: key, enabled: true }));
  const answer = await restCall(app, "POST /api/v1/org-feature-flags:batchUpdate", { updates });
  expect(answer.status).toBe(200);
  const revision = Number(answer.headers.get("orgflags-revision"));
  expect(await stream.nextEvent()).toEqual(refetch(revision));
  await setFlag(app, "acme", "a", false);
  expect(await stream.nextEvent()).toEqual(refetch(revision + 1));
});

test.for([
  ["a bad organisation", "-", {}, /^org_id: must be/],
  ["a bad escape", "%zz", {}, /^org_id: must be/],
  ["a bad revision", "acme?after=x", {}, /^after: must be a revision/],
  ["a bad id", "acme", { "last-event-id": "x" }, /^Last-Event-ID: must be a revision/],
] as const)("%s is refused", async ([, target, headers, details]) => {
  const app = await startApp();
  const { status, body } = await restCall(app, `GET ${events}/${target}`, undefined, headers);
  expect([status, body]).toEqual([400, { errorCode: "GENERAL", errorDetails: expect.stringMatching(details) }]);
});

test("HEAD has the head alone", async () => {
  const app = await startApp();
  const { status, text, headers } = await restCall(app, `HEAD ${events}/acme`);
  expect([status, text, headers.get("content-type")]).toEqual([200, "", "text/event-stream"]);
});

test("a server that ends ends its streams whole", async () => {
  const { app, url } = await startApp();
  const stream = await openEvents(`${url}${events}/acme`);
  await stream.next();
  await app.close();
  expect(await stream.next()).toBeUndefined();
  expect(stream.response.complete).toBe(true);
});
