import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { runService } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { laneCalls } from "./lane-calls.ts";
import { startCollector } from "./otlp-collector.ts";
import { scrape } from "./scrape.ts";

const flags = "/api/v1/org-feature-flags";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const parentSpanId = "b7ad6b7169203331";
const traceparent = `00-${traceId}-${parentSpanId}-01`;
const setting = { feature_key: "sms_reminders", enabled: true };
/** Where nothing listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

const spanKinds = { internal: 1, server: 2 };

test("every lane takes part in the trace of its caller", async () => {
  const collector = await startCollector();
  const { app, url } = await startApp({ otlpEndpoint: collector.url, traceSample: 0 });
  for (const { check } of laneCalls) {
    await check(url, "sms_reminders", { traceparent, tracestate: "vendor=1", "x-request-id": "r-1" });
  }
  await app.close();
  expect(collector.spans.map(({ name, attributes }) => [name, attributes["orgflags.lane"]])).toEqual(
    laneCalls.map(({ service, method, lane }) => [`${service}/${method}`, lane]),
  );
  for (const span of collector.spans) {
    expect(span).toMatchObject({ traceId, parentSpanId, traceState: "vendor=1", kind: spanKinds.server, status: 0 });
    expect(span.attributes).toMatchObject({
      "rpc.grpc.status_code": 0,
      "client.address": "127.0.0.1",
      "orgflags.request_id": "r-1",
    });
    expect(span.resource).toMatchObject({ "service.name": "orgflags" });
  }
  expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(laneCalls.length);
});

test("a span of REST says what was asked for, one of gRPC by which protocol", async () => {
  const collector = await startCollector();
  const { app, url } = await startApp({ otlpEndpoint: collector.url });
  for (const { lane, check } of laneCalls.filter((each) => each.lane === "rest" || each.lane === "grpc")) {
    expect(lane).toMatch(/^(?:rest|grpc)$/);
    await check(url, "no_such_feature");
  }
  await app.close();
  const [rest, grpc] = collector.spans;
  expect(rest?.attributes).toEqual({
    "rpc.service": "orgflags.v1.OrgFeatureFlagService",
    "rpc.method": "CheckOrgFeatureFlag",
    "rpc.grpc.status_code": 5,
    "http.request.method": "GET",
    "url.path": `${flags}/acme/no_such_feature`,
    "client.address": "127.0.0.1",
    "orgflags.lane": "rest",
    "orgflags.org_id": "acme",
    "orgflags.feature_key": "no_such_feature",
  });
  expect(grpc?.attributes).toMatchObject({ "rpc.system": "grpc", "rpc.grpc.status_code": 5 });
  expect([rest?.parentSpanId, rest?.status, grpc?.status]).toEqual(["", 0, 0]);
  expect(rest?.traceId).not.toBe(grpc?.traceId);
});

test("the commit of a write is a part of it", async () => {
  const collector = await startCollector();
  const { app, url } = await startApp({ otlpEndpoint: collector.url });
  await restCall({ url }, `PUT ${flags}/acme`, setting, { traceparent });
  await app.close();
  const write = collector.spans.find(({ kind }) => kind === spanKinds.server);
  const commits = collector.spans.filter(({ name }) => name === "commit");
  expect(write?.name).toBe("orgflags.v1.OrgFeatureFlagService/UpdateOrgFeatureFlag");
  expect(commits).toMatchObject([
    {
      traceId,
      parentSpanId: write?.spanId,
      kind: spanKinds.internal,
      attributes: { "db.system.name": "sqlite", "db.operation.name": "updateOverrides" },
    },
  ]);
});

test("a stream is one span, until it ends", async () => {
  const collector = await startCollector();
  const { app, url } = await startApp({ otlpEndpoint: collector.url });
  const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url }));
  const leaving = new AbortController();
  const stream = client.watchChanges({}, { signal: leaving.signal, headers: { traceparent } })[Symbol.asyncIterator]();
  await stream.next();
  leaving.abort();
  await expect.poll(async () => (await scrape(url)).value("orgflags_open_streams")).toBe(0);
  await app.close();
  expect(collector.spans).toMatchObject([
    { name: "orgflags.v1.ChangeService/WatchChanges", traceId, attributes: { "rpc.grpc.status_code": 1 } },
  ]);
});

test.for([
  ["1", `00-${traceId}-${parentSpanId}-00`, 0],
  ["0", undefined, 0],
  ["0", traceparent, 1],
  ["1", "no traceparent", 1],
  ["1", undefined, 1],
] as const)("with --trace-sample %s and traceparent %s there are %i spans", async ([ratio, header, count]) => {
  const collector = await startCollector();
  const { app, url } = await startApp({ otlpEndpoint: collector.url, traceSample: Number(ratio) });
  await restCall({ url }, `GET ${flags}/acme`, undefined, header === undefined ? {} : { traceparent: header });
  await app.close();
  expect(collector.spans).toHaveLength(count);
});

test("the log has the trace of a call, and metrics how many spans were sent", async () => {
  const collector = await startCollector();
  const service = runService(
    join(temporaryFolder(), "orgflags.db"),
    "--otlp-endpoint",
    `${collector.url}/`,
    "--access-log",
    "all",
  );
  const url = await service.url;
  for (const { check } of laneCalls) {
    await check(url, "sms_reminders", { traceparent });
  }
  await restCall({ url }, `PUT ${flags}/acme`, setting, { traceparent });
  await expect
    .poll(async () => (await scrape(url)).value("orgflags_spans_exported_total", { result: "ok" }), { timeout: 10_000 })
    .toBe(laneCalls.length + 2);
  service.kill("SIGTERM");
  const { stderr, exitCode } = await service.ended;
  const lines = stderr.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).traceId)).toEqual(Array(laneCalls.length + 1).fill(traceId));
  expect(exitCode).toBe(0);
});

test("a collector that is away costs no call, and the service ends in time", async () => {
  const service = runService(join(temporaryFolder(), "orgflags.db"), "--otlp-endpoint", await deadUrl());
  const url = await service.url;
  for (const { check } of laneCalls) {
    await check(url, "sms_reminders");
  }
  await expect
    .poll(async () => (await scrape(url)).value("orgflags_spans_exported_total", { result: "failed" }), {
      timeout: 20_000,
    })
    .toBe(laneCalls.length);
  expect((await restCall({ url }, `GET ${flags}/acme`)).status).toBe(200);
  service.kill("SIGTERM");
  const { stderr, exitCode } = await service.ended;
  expect(exitCode).toBe(0);
  expect(JSON.parse(stderr.split("\n")[0] ?? "")).toMatchObject({
    level: "warn",
    msg: "traces can't be sent; they are lost until that works again",
  });
});
