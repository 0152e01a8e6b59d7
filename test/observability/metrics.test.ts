import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { laneCalls } from "./lane-calls.ts";
import { scrape } from "./scrape.ts";

const flags = "/api/v1/org-feature-flags";
const requests = "orgflags_requests_total";

test.for(laneCalls)("calls by $lane are counted by what they come to", async ({ lane, service, method, check }) => {
  const { url } = await startApp();
  const count = async (code: string) => (await scrape(url)).value(requests, { service, method, lane, code });
  expect(await count("OK")).toBeUndefined();
  await check(url, "sms_reminders");
  await check(url, "sms_reminders");
  await check(url, "no_such_feature");
  expect(await count("OK")).toBe(2);
  expect(await count("NOT_FOUND")).toBe(1);
  expect(await count("INTERNAL")).toBeUndefined();
});

test("every write is timed, and of reads one in 16", async () => {
  const { url } = await startApp();
  const timed = async (method: string) =>
    (await scrape(url)).value("orgflags_request_duration_seconds_count", { method, lane: "rest" });
  for (let count = 0; count < 17; count++) {
    await restCall({ url }, `GET ${flags}/acme`);
  }
  for (let count = 0; count < 3; count++) {
    await restCall({ url }, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: true });
  }
  expect(await timed("GetOrgFeatureFlags")).toBe(2);
  expect(await timed("UpdateOrgFeatureFlag")).toBe(3);
});

test("commits, revision, reads of the map and residents show what was done", async () => {
  const { url } = await startApp();
  const before = await scrape(url);
  await restCall({ url }, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: true });
  await restCall({ url }, `GET ${flags}/acme`);
  await restCall({ url }, `GET ${flags}/acme`);
  await restCall({ url }, `GET ${flags}/globex`);
  const after = await scrape(url);
  expect(after.value("orgflags_revision")).toBe((before.value("orgflags_revision") ?? 0) + 1);
  expect(after.value("orgflags_commit_duration_seconds_count")).toBe(1);
  expect(after.value("orgflags_commit_writes_sum")).toBe(1);
  expect(after.value("orgflags_commit_failures_total")).toBe(0);
  expect(after.value("orgflags_resident_organisations")).toBe(2);
  expect(after.value("orgflags_map_reads_total", { result: "hit" })).toBe(1);
  expect(after.value("orgflags_map_reads_total", { result: "miss" })).toBe(2);
  expect(after.value("orgflags_write_queue_length")).toBe(0);
  expect(after.value("orgflags_write_queue_limit")).toBe(10_000);
  expect(after.value("orgflags_ready")).toBe(1);
});

test("an open watch is a stream and a watcher, until its client leaves", async () => {
  const { url } = await startApp();
  const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url }));
  const leaving = new AbortController();
  const stream = client.watchChanges({}, { signal: leaving.signal })[Symbol.asyncIterator]();
  await stream.next();
  const labels = { method: "WatchChanges", lane: "grpc" };
  const open = await scrape(url);
  expect(open.value("orgflags_watchers")).toBe(1);
  expect(open.value("orgflags_open_streams", labels)).toBe(1);
  expect(open.value(requests, labels)).toBeUndefined();
  leaving.abort();
  await expect.poll(async () => (await scrape(url)).value("orgflags_open_streams", labels)).toBe(0);
  const left = await scrape(url);
  expect(left.value(requests, { ...labels, code: "CANCELLED" })).toBe(1);
  expect(left.value("orgflags_watchers")).toBe(0);
});

test("a stream of events of OFREP is one, too", async () => {
  const { url } = await startApp();
  const leaving = new AbortController();
  const stream = await fetch(`${url}/ofrep/v1/events/acme`, { signal: leaving.signal });
  const labels = { service: "ofrep", method: "Events", lane: "ofrep" };
  expect(stream.status).toBe(200);
  expect((await scrape(url)).value("orgflags_open_streams", labels)).toBe(1);
  leaving.abort();
  await expect.poll(async () => (await scrape(url)).value("orgflags_open_streams", labels)).toBe(0);
  expect((await scrape(url)).value(requests, { ...labels, code: "CANCELLED" })).toBe(1);
});

test("a stream that never gets to its first message is counted by its error", async () => {
  const { url } = await startApp();
  const answer = await restCall({ url }, "GET /api/v1/changes:watch?from_revision=999999");
  expect(answer.status).toBe(400);
  const labels = { method: "WatchChanges", lane: "rest" };
  const seen = await scrape(url);
  expect(seen.value(requests, { ...labels, code: "OUT_OF_RANGE" })).toBe(1);
  expect(seen.value("orgflags_open_streams", labels)).toBe(0);
});

test("what every process has is there, under the names that others have it by", async () => {
  const { url } = await startApp();
  const seen = await scrape(url);
  expect(seen.value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(seen.value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(seen.value("process_start_time_seconds")).toBeGreaterThan(1.7e9);
  expect(seen.value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
  expect(seen.value("orgflags_build_info", { node_version: process.versions.node })).toBe(1);
});

test("/metrics is text for GET and HEAD, and nothing to be written to", async () => {
  const { url } = await startApp();
  const got = await fetch(`${url}/metrics`);
  expect(got.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(got.headers.get("cache-control")).toBe("no-store");
  const head = await fetch(`${url}/metrics`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const posted = await fetch(`${url}/metrics`, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
});

test("with an address for operators, metrics and probes are there, and metrics nowhere else", async () => {
  const { url, adminUrl = "" } = await startApp({ adminAddress: { host: "127.0.0.1", port: 0 } });
  const { method } = OrgFeatureFlagService;
  expect((await restCall({ url }, `GET ${flags}/acme`)).status).toBe(200);
  const seen = await scrape(adminUrl);
  expect(seen.value(requests, { method: method.getOrgFeatureFlags.name })).toBe(1);
  expect((await fetch(`${adminUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  expect((await fetch(`${adminUrl}${flags}/acme`)).status).toBe(404);
});

test("what is refused before it comes to a method is counted as that, and by no method", async () => {
  const { url } = await startApp();
  const connect = "/orgflags.v1.OrgFeatureFlagService/CheckOrgFeatureFlag";
  await restCall({ url }, "GET /api/v1/nothing-here");
  await fetch(`${url}${flags}/acme`, { method: "PUT", headers: { "content-type": "application/json" }, body: "{" });
  await fetch(`${url}${connect}`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
  for (const type of ["application/json", "application/grpc", "application/grpc-web+proto"]) {
    await fetch(`${url}${connect}2`, { method: "POST", headers: { "content-type": type } });
  }
  const seen = await scrape(url);
  const refused = (lane: string, code: string) => seen.value("orgflags_refused_requests_total", { lane, code });
  expect(refused("rest", "NOT_FOUND")).toBe(1);
  expect(refused("rest", "INVALID_ARGUMENT")).toBe(1);
  expect(refused("connect", "INVALID_ARGUMENT")).toBe(1);
  expect(["connect", "grpc", "grpc-web"].map((lane) => refused(lane, "UNIMPLEMENTED"))).toEqual([1, 1, 1]);
  expect(seen.value(requests)).toBeUndefined();
});

test("pages and probes are counted by what they answer", async () => {
  const { url } = await startApp();
  await fetch(`${url}/docs`);
  await fetch(`${url}/readyz`, { method: "POST" });
  await scrape(url);
  const seen = await scrape(url);
  const page = (path: string, status: string) => seen.value("orgflags_page_requests_total", { path, status });
  expect([page("/docs", "200"), page("/readyz", "405"), page("/metrics", "200")]).toEqual([1, 1, 1]);
});
