import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import type { Setting } from "../../src/cli/setting.ts";
import { childProcesses } from "../child-processes.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const check = "/api/v1/org-feature-flags/org_812/driver_declarations";
const body = '{"feature_key":"sms_reminders","enabled":true}';
const ignored = "SIGHUP changes nothing in this process: without TLS it has no files to read anew";
const put = [
  "PUT /api/v1/org-feature-flags/acme HTTP/1.1",
  "Host: localhost",
  "Content-Type: application/json",
  `Content-Length: ${body.length}`,
  "",
  body,
].join("\r\n");

function database(): string {
  return join(temporaryFolder(), "orgflags.db");
}

/** Runs a command that has to refuse; resolves with its exit code and its one line. */
async function refusal(args: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await runOrgflags(args, env).ended;
  expect(stdout).toBe("");
  expect(stderr.endsWith("\n")).toBe(true);
  const lines = stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  return { exitCode, line: lines[0] };
}

function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("once ready it prints where it listens, and lines to copy that work", async () => {
  const service = runService(database(), "--demo");
  const url = await service.url;
  expect((await fetch(url + check)).status).toBe(200);
  service.kill("SIGTERM");
  const { stdout, stderr, exitCode } = await service.ended;
  expect(exitCode).toBe(0);
  expect(stderr).toBe("");
  expect(stdout.split("\n")[0]).toBe(`orgflags listening on ${url}`);
  expect(stdout).toContain(`curl ${url}/api/v1/org-feature-flags/org_812`);
  expect(stdout).toContain("npx buf curl --http2-prior-knowledge");
});

test("what was written is there after a restart, and --demo leaves a database that has been written to alone", async () => {
  const file = database();
  const first = runService(file);
  const headers = { "content-type": "application/json" };
  const url = `${await first.url}/api/v1/org-feature-flags/acme`;
  expect((await fetch(url, { method: "PUT", headers, body })).status).toBe(200);
  first.kill("SIGINT");
  expect((await first.ended).exitCode).toBe(0);
  const second = runService(file, "--demo");
  const list = await (await fetch(`${await second.url}/api/v1/org-feature-flags`)).json();
  expect(list).toMatchObject({ data: [{ org_id: "acme", feature_key: "sms_reminders" }], pagination: { total: 1 } });
});

test("a call under way when the signal comes is answered, new connections are refused, and the exit code is 0", async () => {
  const service = runService(database());
  const socket = open(await service.url);
  socket.write(put.slice(0, -10));
  await once(socket, "ready");
  // An answer on another connection shows that the server has taken this one and its half request.
  await fetch(`${await service.url}/healthz`);
  service.kill("SIGTERM");
  await refused(await service.url);
  socket.write(put.slice(-10));
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(answer.toLowerCase()).toContain("connection: close");
  expect((await service.ended).exitCode).toBe(0);
});

test("a second signal ends it at once", async () => {
  const service = runService(database());
  const socket = open(await service.url);
  socket.on("error", () => {});
  socket.write(put.slice(0, -10));
  await fetch(`${await service.url}/healthz`);
  service.kill("SIGTERM");
  await refused(await service.url);
  service.kill("SIGTERM");
  expect((await service.ended).exitCode).toBe(128 + 15);
});

/** Resolves when the address takes no connections any more. */
async function refused(url: string): Promise<void> {
  while (await connects(url)) {
    // Each round waits for the server's own answer to a connection.
  }
}

function connects(url: string): Promise<boolean> {
  const socket = open(url);
  const connected = new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  return connected.finally(() => socket.destroy());
}

test.for(["1", "2"])("SIGHUP does not end a process that serves without TLS, with --workers %s", async (workers) => {
  const service = runService(database(), "--workers", workers);
  const url = await service.url;
  const [serving = service.pid] = childProcesses(service);
  process.kill(serving, "SIGHUP");
  await expect.poll(() => service.complaints(), { timeout: 10_000 }).toContain("\n");
  expect(JSON.parse(service.complaints())).toMatchObject({ level: "warn", pid: serving, msg: ignored });
  expect((await fetch(url + check)).status).toBe(200);
  service.kill("SIGTERM");
  expect((await service.ended).exitCode).toBe(0);
});

test("the environment counts where a flag is absent", async () => {
  const file = database();
  const service = runOrgflags(["serve", "--port=0"], {
    ORGFLAGS_PORT: "no number",
    ORGFLAGS_DB: file,
    ORGFLAGS_HOST: "",
    ORGFLAGS_CATALOGUE: "strict",
  });
  const headers = { "content-type": "application/json" };
  const unknown = JSON.stringify({ feature_key: "unknown", enabled: true });
  const answer = await fetch(`${await service.url}/api/v1/org-feature-flags/acme`, {
    method: "PUT",
    headers,
    body: unknown,
  });
  expect(answer.status).toBe(404);
});

test("the help lists every setting and every exit code", async () => {
  const { exitCode, stdout } = await runOrgflags(["serve", "--help"]).ended;
  expect(exitCode).toBe(0);
  for (const { flag, env, alsoEnv, fallback } of Object.values<Setting>(serveSettings)) {
    const terms = [env, alsoEnv && `or ${alsoEnv}`, fallback && `default ${fallback}`].filter(Boolean).join(", ");
    expect(stdout).toMatch(new RegExp(`^  --${flag}\\b.*    ${RegExp.escape(terms)}$`, "m"));
  }
  for (const code of Object.values(exitCodes)) {
    expect(stdout).toMatch(new RegExp(`^  ${code}  \\w`, "m"));
  }
  const { stdout: list } = await runOrgflags(["--help"]).ended;
  expect(commands.filter(({ name }) => !new RegExp(`^  ${name} `, "m").test(list))).toEqual([]);
});

test.for([
  [["serve", "--prot", "1"], 'orgflags: unknown flag --prot; see "orgflags serve --help"'],
  [["serve", "--db", "--demo"], 'orgflags: --db needs a value; see "orgflags serve --help"'],
  [["serve", "--port"], 'orgflags: --port needs a value; see "orgflags serve --help"'],
  [["serve", "--demo=yes"], 'orgflags: --demo takes no value; see "orgflags serve --help"'],
  [["serve", "extra"], 'orgflags: unexpected argument "extra"; see "orgflags serve --help"'],
  [
    ["serve", "--port", "65536"],
    'orgflags: --port (ORGFLAGS_PORT) must be a whole number from 0 to 65535; got "65536"; see "orgflags serve --help"',
  ],
  [
    ["serve", "--catalogue", "closed"],
    'orgflags: --catalogue (ORGFLAGS_CATALOGUE) must be strict or open; got "closed"; see "orgflags serve --help"',
  ],
  [
    ["serve", "--max-resident-orgs", "0"],
    'orgflags: --max-resident-orgs (ORGFLAGS_MAX_RESIDENT_ORGS) must be a whole number from 1 to 10000000; got "0"; see "orgflags serve --help"',
  ],
  [
    ["serve", "--cors-origins", "example.org"],
    'orgflags: --cors-origins (ORGFLAGS_CORS_ORIGINS) must be an origin such as https://app.example:8443, or *; got "example.org"; see "orgflags serve --help"',
  ],
  [
    ["serve", "--cors-origins", "https://*.example.com"],
    'orgflags: --cors-origins (ORGFLAGS_CORS_ORIGINS) must be an origin such as https://app.example:8443, or *; got "https://*.example.com"; see "orgflags serve --help"',
  ],
  [
    ["serve", "--history-retention", "30days"],
    'orgflags: --history-retention (ORGFLAGS_HISTORY_RETENTION) must be all, a time such as 30d or 12h, a number of changes such as 1000000, or both as 30d,1000000; got "30days"; see "orgflags serve --help"',
  ],
  [["frobnicate"], 'orgflags: unknown command "frobnicate"; see "orgflags --help"'],
  [[], `orgflags: a command is missing (${commands.map(({ name }) => name).join(", ")}); see "orgflags --help"`],
] as const)("orgflags %j is refused", async ([args, line]) => {
  expect(await refusal(args)).toEqual({ exitCode: exitCodes.usage, line });
});

test("a bad value of the environment is refused by its name", async () => {
  const { exitCode, line } = await refusal(["serve"], { ORGFLAGS_PORT: "http" });
  expect(exitCode).toBe(exitCodes.usage);
  expect(line).toContain("ORGFLAGS_PORT");
});

test("a port in use is refused in words", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { exitCode, line } = await refusal(["serve", "--port", String(port), "--db", database()]);
  expect(exitCode).toBe(exitCodes.address);
  expect(line).toBe(`orgflags: can't listen on 127.0.0.1, port ${port}: the port is in use`);
});

test("a host that can't be listened on is refused in words", async () => {
  const { exitCode, line } = await refusal(["serve", "--host", "192.0.2.1", "--port", "0", "--db", database()]);
  expect(exitCode).toBe(exitCodes.address);
  expect(line).toContain("can't listen on 192.0.2.1");
});

test.for([
  ["can't be written", (file: string) => mkdirSync(file), exitCodes.databaseUnwritable],
  ["is damaged", (file: string) => writeFileSync(file, "no database\n".repeat(1000)), exitCodes.databaseDamaged],
  ["is newer", (file: string) => stamp(file, 0x6f666c31, 99), exitCodes.databaseNewer],
  ["is another program's", (file: string) => stamp(file, 7, 1), exitCodes.databaseForeign],
] as const)("a database that %s is refused in words", async ([, spoil, expected]) => {
  const file = database();
  spoil(file);
  const { exitCode, line } = await refusal(["serve", "--port", "0", "--db", file]);
  expect(exitCode).toBe(expected);
  expect(line).toContain(file);
});

test("where a database is damaged, the refusal names the commands that help", async () => {
  const file = database();
  writeFileSync(file, "no database\n".repeat(1000));
  const { line } = await refusal(["serve", "--port", "0", "--db", file]);
  expect(line).toBe(
    `orgflags: the database ${file} is damaged or is no database (file is not a database); ` +
      `"orgflags verify --db ${file}" says what is wrong, ` +
      `"orgflags restore --db ${file} BACKUP" puts a backup in its place`,
  );
});

test("a database on a file system that takes no folders is refused in words", async () => {
  const { exitCode, line } = await refusal(["serve", "--port", "0", "--db", "/proc/orgflags/a.db"]);
  expect(exitCode).toBe(exitCodes.databaseUnwritable);
  expect(line).toContain("/proc/orgflags/a.db can't be created");
});

test("--demo leaves a database alone whose catalogue somebody has changed", async () => {
  const file = database();
  const first = runService(file);
  const url = `${await first.url}/api/v1/features/driver_declarations`;
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "PATCH", headers, body: '{"archived":true}' });
  first.kill("SIGTERM");
  await first.ended;
  const second = runService(file, "--demo");
  const list = await (await fetch(`${await second.url}/api/v1/org-feature-flags`)).json();
  expect(list).toMatchObject({ pagination: { total: 0 } });
});

function stamp(file: string, applicationId: number, version: number): void {
  const db = new Database(file);
  db.exec("CREATE TABLE t (x)");
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${version}`);
  db.close();
}
