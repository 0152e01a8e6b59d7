import { Agent, get } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { childProcesses } from "../child-processes.ts";
import { scrape } from "../observability/scrape.ts";
import { runOrgflags, runService, type ServiceProcess } from "../service-process.ts";
import { damageTable } from "../storage/sqlite/damaged-table.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const path = "/api/v1/org-feature-flags/acme";
const counted = { method: "GetOrgFeatureFlags", lane: "rest", code: "OK" };

function database(): string {
  return join(temporaryFolder(), "orgflags.db");
}

/** Asks on a connection of its own, so that it is some server process's turn; resolves with the status. */
function ask(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: new Agent({ keepAlive: false }) }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode));
    });
    request.once("error", reject);
  });
}

async function askTimes(url: string, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    await ask(url + path);
  }
}

async function operatorsOf(service: ServiceProcess): Promise<string> {
  await service.url;
  const [, url = ""] = /^metrics: (http:\S+)\/metrics$/m.exec(service.printed()) ?? [];
  return url;
}

/** One that was closed, so that all of it is in the file and nothing in a log beside it. */
async function demoDatabase(): Promise<string> {
  const file = database();
  const service = runService(file, "--demo");
  await service.url;
  service.kill("SIGTERM");
  await service.ended;
  return file;
}

test("any server process tells the metrics of all of them", async () => {
  const service = runService(database(), "--workers", "2");
  const url = await service.url;
  await askTimes(url, 6);
  const seen = await scrape(url);
  expect(seen.value("orgflags_requests_total", counted)).toBe(6);
  expect(seen.value("orgflags_workers")).toBe(2);
  expect(seen.value("orgflags_ready")).toBe(2);
  // Each of them had to bring the organisation.
  expect(seen.value("orgflags_map_reads_total", { result: "miss" })).toBe(2);
});

test.for(["SIGTERM", "SIGKILL"] as const)(
  "what a server process has counted stays counted when it is gone by %s",
  async (signal) => {
    const service = runService(database(), "--workers", "2", "--admin-address", "127.0.0.1:0");
    const url = await service.url;
    const operators = await operatorsOf(service);
    const requests = async () => (await scrape(operators)).value("orgflags_requests_total", counted);
    await askTimes(url, 5);
    expect(await requests()).toBe(5);
    const [victim = 0] = childProcesses(service);
    process.kill(victim, signal);
    await expect.poll(() => childProcesses(service).includes(victim), { timeout: 20_000 }).toBe(false);
    expect(await requests()).toBe(5);
  },
);

test("the address for operators says whether a server process serves, and ends with the service", async () => {
  const service = runService(database(), "--workers", "2", "--admin-address", "127.0.0.1:0");
  const url = await service.url;
  const operators = await operatorsOf(service);
  expect(await (await fetch(`${operators}/readyz`)).json()).toEqual({ status: "ok" });
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ exitCode: 0, stderr: "" });
});

test("the address for operators says 503 where every server process has met damage, not where one of two has", async () => {
  const databaseFile = await demoDatabase();
  const service = runService(databaseFile, "--workers", "2", "--admin-address", "127.0.0.1:0");
  const url = await service.url;
  const operators = await operatorsOf(service);
  const readiness = async () => [await ask(`${operators}/readyz`), (await scrape(operators)).value("orgflags_ready")];
  damageTable(databaseFile, "overrides");
  expect(await readiness()).toEqual([200, 2]);
  // They take turns, one connection each.
  expect(await ask(url + path)).toBe(503);
  expect(await readiness()).toEqual([200, 1]);
  expect(await ask(url + path)).toBe(503);
  expect(await readiness()).toEqual([503, 0]);
  expect([await ask(`${url}/readyz`), await ask(`${url}/readyz`)]).toEqual([503, 503]);
});

test.for([[], ["--workers", "2"]])("an address for operators that is taken is refused %j", async (flags) => {
  const first = runService(database(), "--admin-address", "127.0.0.1:0");
  const { host } = new URL(await operatorsOf(first));
  const second = await runOrgflags(["serve", "--port", "0", "--db", database(), "--admin-address", host, ...flags])
    .ended;
  const [, port] = host.split(":");
  expect(second.stderr).toBe(`orgflags: can't listen on 127.0.0.1, port ${port}: the port is in use\n`);
  expect(second.exitCode).toBe(exitCodes.address);
});
