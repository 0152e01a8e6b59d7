import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { restCall } from "../rest-call.ts";
import { runService, type ServiceProcess } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { laneCalls } from "./lane-calls.ts";
import { scrape } from "./scrape.ts";

const flags = "/api/v1/org-feature-flags";
const put = `PUT ${flags}/acme`;
const setting = { feature_key: "sms_reminders", enabled: true };

function serve(...settings: readonly string[]): ServiceProcess {
  return runService(join(temporaryFolder(), "orgflags.db"), "--access-log", "writes", ...settings);
}

/** Stops a service; resolves with the lines of its log. */
async function logOf(service: ServiceProcess): Promise<Record<string, unknown>[]> {
  service.kill("SIGTERM");
  const { stderr } = await service.ended;
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("a write is one line that says who did what, about whom, and at which revision", async () => {
  const service = serve();
  const url = await service.url;
  const headers = { "x-request-id": "r-1", "orgflags-actor": "ada" };
  expect((await restCall({ url }, put, setting, headers)).status).toBe(200);
  await restCall({ url }, `GET ${flags}/acme`);
  expect(await logOf(service)).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      pid: service.pid,
      requestId: "r-1",
      lane: "rest",
      procedure: "orgflags.v1.OrgFeatureFlagService/UpdateOrgFeatureFlag",
      code: "OK",
      durationMs: expect.any(Number),
      address: "127.0.0.1",
      actor: "ada",
      orgId: "acme",
      featureKey: "sms_reminders",
      revision: expect.any(Number),
      msg: "call",
    },
  ]);
});

test.for([
  ["none", []],
  ["writes", ["NOT_FOUND", "OK UpdateOrgFeatureFlag"]],
  ["sampled:2", ["OK GetOrgFeatureFlags", "NOT_FOUND", "OK UpdateOrgFeatureFlag", "OK GetOrgFeatureFlags"]],
  [
    "all",
    ["OK GetOrgFeatureFlags", "NOT_FOUND", "OK UpdateOrgFeatureFlag", "OK GetOrgFeatureFlags", "OK GetOrgFeatureFlags"],
  ],
] as const)("--access-log %s", async ([policy, lines]) => {
  const service = serve("--access-log", policy);
  const url = await service.url;
  await restCall({ url }, `GET ${flags}/acme`);
  await restCall({ url }, `GET ${flags}/acme/no_such_feature`);
  await restCall({ url }, put, setting);
  await restCall({ url }, `GET ${flags}/acme`);
  await restCall({ url }, `GET ${flags}/acme`);
  const told = (await logOf(service)).map(({ code, procedure }) =>
    code === "OK" ? `OK ${String(procedure).split("/")[1]}` : code,
  );
  expect(told).toEqual(lines);
});

test("--log-level leaves out what is of lower ones", async () => {
  const service = serve("--log-level", "warn", "--access-log", "all");
  await restCall({ url: await service.url }, put, setting);
  expect(await logOf(service)).toEqual([]);
});

test("by every lane an error is found under the id that the client gave, or was given", async () => {
  const service = serve();
  const url = await service.url;
  const ids: (string | null)[] = [];
  for (const [index, { check }] of laneCalls.entries()) {
    ids.push((await check(url, "no_such_feature", { "x-request-id": `given-${index}` })).get("x-request-id"));
    ids.push((await check(url, "no_such_feature")).get("x-request-id"));
  }
  const log = await logOf(service);
  const given = laneCalls.map((_, index) => `given-${index}`);
  expect(ids.filter((id) => id?.startsWith("given-"))).toEqual(given);
  expect(new Set(ids).size).toBe(2 * laneCalls.length);
  expect(log.map(({ requestId }) => requestId)).toEqual(ids);
  expect(log.map(({ lane, code }) => `${lane} ${code}`)).toEqual(
    laneCalls.flatMap(({ lane }) => [`${lane} NOT_FOUND`, `${lane} NOT_FOUND`]),
  );
});

test("an answer that is no error has the id that the client gave, and no other", async () => {
  const service = serve();
  const url = await service.url;
  for (const { check } of laneCalls) {
    expect((await check(url, "sms_reminders", { "x-request-id": "mine" })).get("x-request-id")).toBe("mine");
    expect((await check(url, "sms_reminders")).get("x-request-id")).toBeNull();
    expect((await check(url, "sms_reminders", { "x-request-id": "no good" })).get("x-request-id")).toBeNull();
  }
});

test("a watch that ends because its client or the server goes is no error", async () => {
  const service = serve();
  const url = await service.url;
  const client = createClient(ChangeService, createGrpcTransport({ baseUrl: url }));
  const leaving = new AbortController();
  const left = client.watchChanges({}, { signal: leaving.signal })[Symbol.asyncIterator]();
  const staying = client.watchChanges({})[Symbol.asyncIterator]();
  await Promise.all([left.next(), staying.next()]);
  leaving.abort();
  await expect.poll(async () => (await scrape(url)).value("orgflags_open_streams")).toBe(1);
  const ended = staying.next();
  ended.catch(() => {});
  expect(await logOf(service)).toEqual([]);
  await expect(ended).rejects.toMatchObject({ code: Code.Unavailable });
});

test("no line holds a credential, a cookie or a key of a client, whatever goes wrong", async () => {
  const service = serve("--access-log", "all", "--log-level", "debug");
  const url = await service.url;
  const secrets = {
    authorization: "Bearer ofl_7_s3cr3t-token",
    cookie: "session=s3cr3t-cookie",
    "idempotency-key": "s3cr3t-key",
    "x-api-key": "s3cr3t-api",
    "x-request-id": "s3cr3t id with spaces",
  };
  for (const { check } of laneCalls) {
    await check(url, "sms_reminders", secrets);
    await check(url, "no_such_feature", secrets);
  }
  await restCall({ url }, put, setting, secrets);
  // The same key for something else, and one that is none.
  await restCall({ url }, put, { ...setting, enabled: false }, secrets);
  await restCall({ url }, put, setting, { ...secrets, "idempotency-key": `s3cr3t-${"x".repeat(300)}` });
  await restCall({ url }, `PUT ${flags}/s3cr3t!`, setting, secrets);
  const log = await logOf(service);
  expect(log.length).toBe(2 * laneCalls.length + 4);
  expect(JSON.stringify(log)).not.toContain("s3cr3t");
});
