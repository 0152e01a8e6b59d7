import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { childProcesses } from "../child-processes.ts";
import { runOrgflags, runProgram, runService, type ServiceProcess } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const path = "/api/v1/org-feature-flags/org_812";

function database(): string {
  return join(temporaryFolder(), "orgflags.db");
}

/** Runs two server processes, before each of which a file of this folder is loaded. */
function runPreloaded(name: string, fate: string): ServiceProcess {
  const NODE_OPTIONS = `--import ${new URL(name, import.meta.url)}`;
  return runOrgflags(
    ["serve", "--port", "0", "--db", database(), "--workers", "2"],
    { NODE_OPTIONS, FATE: fate },
    true,
  );
}

/** Asks on a connection of its own, so that it is some server process's turn; resolves with the status. */
function ask(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const request = get(url + path, { agent }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    request.once("error", reject);
  });
}

/** Asks again and again, one connection after the other, until the condition holds; resolves with all statuses. */
async function askUntil(url: string, holds: () => boolean): Promise<Set<number>> {
  const statuses = new Set<number>();
  while (!holds()) {
    statuses.add(await ask(url));
  }
  return statuses;
}

test("several server processes serve one port and one file, and stop together", async () => {
  const service = runService(database(), "--workers", "3", "--demo");
  const url = await service.url;
  expect(childProcesses(service)).toHaveLength(3);
  const statuses = await Promise.all(Array.from({ length: 30 }, () => ask(url)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  service.kill("SIGTERM");
  const { exitCode, stderr, stdout } = await service.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.match(/orgflags listening on/g)).toHaveLength(1);
});

test("a server process that is killed is replaced", async () => {
  const service = runService(database(), "--workers", "2");
  const url = await service.url;
  const [victim = 0, other = 0] = childProcesses(service);
  process.kill(victim, "SIGKILL");
  const replaced = () => {
    const now = childProcesses(service);
    return now.length === 2 && !now.includes(victim);
  };
  // The other one serves meanwhile; a connection that was on its way to the killed one is reset, not left hanging.
  await askUntil(url, replaced).catch(() => {});
  await expect.poll(replaced, { timeout: 10_000 }).toBe(true);
  expect(await ask(url)).toBe(200);
  expect(childProcesses(service)).toContain(other);
  expect(JSON.parse(service.complaints())).toMatchObject({
    level: "warn",
    worker: victim,
    msg: `server process ${victim} ended (SIGKILL); starting another`,
  });
  service.kill("SIGTERM");
  expect((await service.ended).exitCode).toBe(0);
});

test("SIGHUP replaces all of them, one after the other, and no connection is refused meanwhile", async () => {
  const service = runService(database(), "--workers", "2");
  const url = await service.url;
  const before = childProcesses(service);
  service.kill("SIGHUP");
  const allNew = () => {
    const now = childProcesses(service);
    return now.length === 2 && now.every((pid) => !before.includes(pid));
  };
  expect(await askUntil(url, allNew)).toEqual(new Set([200]));
  expect(service.complaints()).toBe("");
  service.kill("SIGTERM");
  expect((await service.ended).exitCode).toBe(0);
});

test("SIGHUP while they start ends nothing", async () => {
  const service = runService(database(), "--workers", "2");
  await expect.poll(() => childProcesses(service), { timeout: 10_000, interval: 5 }).not.toEqual([]);
  service.kill("SIGHUP");
  expect(await ask(await service.url)).toBe(200);
  expect(service.complaints()).toBe("");
});

test("one that is killed while all are replaced has one successor, not two", async () => {
  const service = runService(database(), "--workers", "3");
  await service.url;
  const before = childProcesses(service);
  const [victim = 0] = before.slice(-1);
  service.kill("SIGHUP");
  // The first of the new ones is there, so that the last of the old ones has yet to wait for its turn.
  const hasBegun = () => childProcesses(service).some((pid) => !before.includes(pid));
  await expect.poll(hasBegun, { timeout: 10_000, interval: 5 }).toBe(true);
  process.kill(victim, "SIGKILL");
  const count = () => {
    const now = childProcesses(service);
    return { all: now.length, old: now.filter((pid) => before.includes(pid)).length };
  };
  await expect.poll(count, { timeout: 10_000 }).toEqual({ all: 3, old: 0 });
});

test("SIGTERM to one that opens yet replaces it when it serves", async () => {
  const fate = join(temporaryFolder(), "fate");
  const service = runPreloaded("signalled-while-opening.ts", fate);
  await service.url;
  const [victim = 0, other = 0] = childProcesses(service);
  writeFileSync(fate, "");
  process.kill(victim, "SIGKILL");
  const signalled = () => (existsSync(`${fate}.met`) ? Number(readFileSync(`${fate}.met`, "utf8")) : 0);
  await expect.poll(signalled, { timeout: 10_000 }).toBeGreaterThan(0);
  const replaced = () => {
    const now = childProcesses(service);
    return now.length === 2 && now.includes(other) && !now.includes(victim) && !now.includes(signalled());
  };
  await expect.poll(replaced, { timeout: 10_000 }).toBe(true);
  expect(service.complaints()).toContain(`server process ${victim} ended (SIGKILL); starting another`);
  expect(service.complaints().trimEnd().split("\n")).toHaveLength(1);
});

test("where no server process can be started, the others serve on, and it is tried again", async () => {
  const node = join(temporaryFolder(), "node");
  copyFileSync(process.execPath, node);
  const args = ["src/main.ts", "serve", "--port", "0", "--db", database(), "--workers", "2"];
  const service = runProgram(node, args, { cwd: join(import.meta.dirname, "../.."), env: process.env });
  const url = await service.url;
  renameSync(node, `${node}.away`);
  const [victim = 0] = childProcesses(service);
  process.kill(victim, "SIGKILL");
  const line = `orgflags: a server process can't be started (spawn ${node} ENOENT)\n`;
  await expect.poll(() => service.complaints(), { timeout: 10_000 }).toContain(line);
  expect(await ask(url)).toBe(200);
  renameSync(`${node}.away`, node);
  await expect.poll(() => childProcesses(service).length, { timeout: 10_000 }).toBe(2);
});

test("SIGTERM stops it also while one can't start", async () => {
  const service = runPreloaded("fails-but-first.ts", join(temporaryFolder(), "fate"));
  await expect.poll(() => service.complaints(), { timeout: 10_000 }).toMatch(/ended \(exit code 1\)\n/);
  service.kill("SIGTERM");
  const { exitCode, stdout, stderr } = await service.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
  expect(stderr).toMatch(/^(orgflags: server process \d+ ended \(exit code 1\)\n)+$/);
});

test("SIGTERM while the first one starts lets it finish that, and stops", async () => {
  const service = runService(database(), "--workers", "2");
  await expect.poll(() => childProcesses(service), { timeout: 10_000, interval: 5 }).not.toEqual([]);
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ exitCode: 0, stderr: "" });
});

test("where a server process hears of Ctrl-C first, it is no failure to start", async () => {
  const service = runPreloaded("hangs.ts", "");
  await expect.poll(() => childProcesses(service), { timeout: 10_000 }).toHaveLength(1);
  const [first = 0] = childProcesses(service);
  process.kill(first, "SIGINT");
  const another = () => childProcesses(service).some((pid) => pid !== first);
  await expect.poll(another, { timeout: 10_000 }).toBe(true);
  process.kill(-service.pid, "SIGINT");
  expect(await service.ended).toEqual({ exitCode: 0, signal: null, stdout: "", stderr: "" });
});

test("Ctrl-C while they start stops it without a word", async () => {
  const service = runPreloaded("hangs.ts", "");
  await expect.poll(() => childProcesses(service), { timeout: 10_000 }).toHaveLength(1);
  // As a terminal does: to all of them.
  process.kill(-service.pid, "SIGINT");
  expect(await service.ended).toEqual({ exitCode: 0, signal: null, stdout: "", stderr: "" });
});

test("server processes don't outlive their supervisor", async () => {
  const service = runService(database(), "--workers", "2");
  await service.url;
  const processes = childProcesses(service);
  service.kill("SIGKILL");
  await service.ended;
  await expect.poll(() => processes.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    // The state stands behind the name; a zombie is dead and waits for its parent to hear of it.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("what can't be had is refused as by a single process", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = String(typeof address === "object" ? address?.port : 0);
  const inUse = await runOrgflags(["serve", "--workers", "2", "--port", port, "--db", database()]).ended;
  expect(inUse.exitCode).toBe(exitCodes.address);
  expect(inUse.stderr).toBe(`orgflags: can't listen on 127.0.0.1, port ${port}: the port is in use\n`);
  const folder = await runOrgflags(["serve", "--workers", "2", "--port", "0", "--db", temporaryFolder()]).ended;
  expect(folder.exitCode).toBe(exitCodes.databaseUnwritable);
  expect(folder.stderr.trimEnd().split("\n")).toHaveLength(1);
});
