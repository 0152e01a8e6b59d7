import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test, vi } from "vitest";
import { Service as V1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as V2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { isShutdown } from "../../src/openfeature/stream-end.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { patchFeature, resetFlag, setFlag } from "./requests.ts";

function change(flags: Readonly<Record<string, string>>): object {
  const types = Object.entries(flags).map(([key, type]) => [key, { type }]);
  return { type: "configuration_change", data: { flags: Object.fromEntries(types) } };
}

const services = {
  "v1, Connect": (baseUrl: string) =>
    createClient(V1, createConnectTransport({ baseUrl, httpVersion: "1.1" })).eventStream,
  "v2, gRPC": (baseUrl: string) => createClient(V2, createGrpcTransport({ baseUrl })).eventStream,
};

test.for(Object.entries(services))("a stream tells of every change: %s", async ([, open]) => {
  const app = await startApp();
  const events = open(app.url)({})[Symbol.asyncIterator]();
  const next = async () => (await events.next()).value;
  expect(await next()).toMatchObject({ type: "provider_ready" });
  await setFlag(app, "acme", "sms_reminders", true);
  expect(await next()).toMatchObject(change({ sms_reminders: "update" }));
  await resetFlag(app, "acme", "sms_reminders");
  expect(await next()).toMatchObject(change({ sms_reminders: "update" }));
  await restCall(app, "POST /api/v1/features", { feature_key: "beta" });
  expect(await next()).toMatchObject(change({ beta: "write" }));
  await patchFeature(app, "beta", { default_enabled: true });
  expect(await next()).toMatchObject(change({ beta: "update" }));
  await patchFeature(app, "beta", { archived: true });
  expect(await next()).toMatchObject(change({ beta: "delete" }));
  await patchFeature(app, "beta", { archived: false });
  expect(await next()).toMatchObject(change({ beta: "write" }));
  await restCall(app, "DELETE /api/v1/features/beta");
  expect(await next()).toMatchObject(change({ beta: "delete" }));
});

test("what comes at one time is one event", async () => {
  const app = await startApp();
  const events = services["v2, gRPC"](app.url)({})[Symbol.asyncIterator]();
  await events.next();
  const updates = ["acme", "globex"].flatMap((orgId) =>
    ["a", "b"].map((key) => ({ org_id: orgId, feature_key: key, enabled: true })),
  );
  expect((await restCall(app, "POST /api/v1/org-feature-flags:batchUpdate", { updates })).status).toBe(200);
  expect((await events.next()).value).toMatchObject(change({ a: "update", b: "update" }));
});

test("a stream says that it lives after 20 seconds of silence", async () => {
  // Only the clock by which silence is measured; timers go on as they are.
  const offset = { ms: 0 };
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + offset.ms);
  onTestFinished(() => void vi.restoreAllMocks());
  const app = await startApp();
  const events = services["v2, gRPC"](app.url)({})[Symbol.asyncIterator]();
  await events.next();
  const alive = events.next();
  offset.ms = 21_000;
  expect((await alive).value).toMatchObject({ type: "keep_alive" });
  await setFlag(app, "acme", "sms_reminders", true);
  expect((await events.next()).value).toMatchObject(change({ sms_reminders: "update" }));
});

test.for(Object.entries(services))("a server that ends says so, and ends with an error: %s", async ([, open]) => {
  const app = await startApp();
  const events = open(app.url)({})[Symbol.asyncIterator]();
  await events.next();
  const closed = app.app.close();
  expect((await events.next()).value).toMatchObject({ type: "provider_shutdown" });
  const error = await events.next().then(() => expect.fail("the stream went on"), ConnectError.from);
  expect(error.code).toBe(Code.Unavailable);
  await closed;
  expect(app.complaints).toEqual([]);
});

test("only a server that ends makes for a shutdown", () => {
  expect(isShutdown(AbortSignal.abort(new ConnectError("the server is shutting down", Code.Unavailable)))).toBe(true);
  expect(isShutdown(AbortSignal.abort(new ConnectError("away", Code.Canceled)))).toBe(false);
  expect(isShutdown(AbortSignal.abort())).toBe(false);
  expect(isShutdown(new AbortController().signal)).toBe(false);
});
